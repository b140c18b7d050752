"""Id documents stand sealed, with an index to find them by; what is held so far is sealed on the way."""

from typing import Any

from django.db import migrations, models


def seal(apps: Any, _schema: Any) -> None:
    from customers.identity.sealed import stored

    identifiers = apps.get_model("customers", "Identifier")
    notes: dict[str, dict[str, Any]] = {}
    for row in identifiers.objects.filter(kind="id_document", sealed="").iterator(chunk_size=2_000):
        clear, kept = row.value, stored("id_document", row.value)
        row.value, row.sealed, row.born = kept.value, kept.sealed, kept.born
        row.save(update_fields=["value", "sealed", "born"])
        notes[clear] = {"id_document": kept.value, "document_ok": kept.is_valid}
        if kept.born:
            notes[clear]["document_year"] = kept.born
    records = apps.get_model("customers", "SourceRecord")
    for record in records.objects.filter(fields__has_key="id_document").iterator(chunk_size=2_000):
        clear = str(record.fields["id_document"])
        record.fields |= notes.get(clear) or {"id_document": stored("id_document", clear).value}
        record.save(update_fields=["fields"])


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_together")]

    operations = [
        migrations.AddField("identifier", "born", models.SmallIntegerField(null=True)),
        migrations.AddField("identifier", "sealed", models.TextField(blank=True, default="", db_default="")),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.AddConstraint(
            "identifier",
            models.CheckConstraint(
                condition=~models.Q(kind="id_document")
                | (models.Q(value__startswith="b1.") & models.Q(sealed__startswith="s1.")),
                name="identifier_sealed",
            ),
        ),
    ]
