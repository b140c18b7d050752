"""What stands for nobody everywhere: service numbers, keyboards' favourites, addresses of forms and machines."""

from django.db import migrations
from django.utils import timezone

# kind, as it is written, LIKE's form of it, what it is (a code that pages have words for)
_KNOWN = (
    ("phone", "400*", "+86400%", "service_number"),
    ("phone", "800*", "+86800%", "service_number"),
    ("phone", "0000*", "+86000%", "filler"),
    ("phone", "1111111*", "+861111111%", "filler"),
    ("phone", "12345678*", "+8612345678%", "filler"),
    ("email", "test@*", "test@%", "filler"),
    ("email", "noreply@*", "noreply@%", "machine_address"),
    ("email", "no-reply@*", "no-reply@%", "machine_address"),
    ("email", "none@*", "none@%", "filler"),
)


def begin(apps, schema_editor):
    table = apps.get_model("customers", "GenericIdentifier")
    now = timezone.now()
    table.objects.bulk_create(
        table(kind=kind, shown=shown, pattern=pattern, note=note, state="listed", actor="system", at=now)
        for kind, shown, pattern, note in _KNOWN
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0047_generic_identifiers")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
