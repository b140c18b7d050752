"""A stamp that changes with the catalogue, so that a process may keep the shelf until somebody changes it."""

from django.db import migrations, models

_FORWARD = """
CREATE FUNCTION customers_catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_cataloguestamp (id, stamp) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
    RETURN NULL;
END $$;

INSERT INTO customers_cataloguestamp (id, stamp) VALUES (1, gen_random_uuid());

CREATE TRIGGER customers_catalogue_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON customers_offering
    FOR EACH STATEMENT EXECUTE FUNCTION customers_catalogue_changed();
"""

_BACKWARD = """
DROP TRIGGER customers_catalogue_changed ON customers_offering;
DROP FUNCTION customers_catalogue_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_learned_propensities")]

    operations = [
        migrations.CreateModel(
            name="CatalogueStamp",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("stamp", models.UUIDField()),
            ],
        ),
        migrations.RunSQL(_FORWARD, _BACKWARD),
    ]
