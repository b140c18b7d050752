"""That identifiers and records name a customer who is there is asked once a statement, not once a row.

The foreign keys stay in the catalogue, not enforced (PostgreSQL 18); what they held is held by the triggers here, with the same
locks: whoever names a customer holds them with FOR KEY SHARE, whoever removes one looks, at COMMIT, who still names them.
"""

from django.db import migrations

TABLES = ("customers_identifier", "customers_sourcerecord")

# By ANY of an array the index is read however many there are: the plan is made once a session, for one row or ten thousand.
FUNCTIONS = """
CREATE FUNCTION customers_named_are_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    PERFORM FROM customers_customer WHERE id = ANY (ARRAY(SELECT customer_id FROM fresh)) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < (SELECT count(DISTINCT customer_id) FROM fresh) THEN
        RAISE EXCEPTION '% names a customer who is not there', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION customers_named_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM customers_customer WHERE id = NEW.customer_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% names a customer who is not there', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION customers_gone_is_named_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (EXISTS (SELECT FROM customers_identifier WHERE customer_id = OLD.id)
        OR EXISTS (SELECT FROM customers_sourcerecord WHERE customer_id = OLD.id))
       AND NOT EXISTS (SELECT FROM customers_customer WHERE id = OLD.id) THEN
        RAISE EXCEPTION 'identifiers or records still name this customer' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER customers_gone_is_named_no_more AFTER DELETE OR UPDATE OF id ON customers_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION customers_gone_is_named_no_more();
"""
GUARDS = """
CREATE TRIGGER {table}_named AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION customers_named_are_there();
CREATE TRIGGER {table}_named_anew AFTER UPDATE OF customer_id ON {table} FOR EACH ROW
    WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION customers_named_is_there();
"""
UNGUARDS = "DROP TRIGGER {table}_named ON {table}; DROP TRIGGER {table}_named_anew ON {table};"
KEYS = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
               WHERE contype = 'f' AND confrelid = 'customers_customer'::regclass
                 AND conrelid IN ('customers_identifier'::regclass, 'customers_sourcerecord'::regclass) LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I {how}', one.place, one.conname);
    END LOOP;
END $$;
"""
UNDONE = """
DROP TRIGGER customers_gone_is_named_no_more ON customers_customer;
DROP FUNCTION customers_gone_is_named_no_more();
DROP FUNCTION customers_named_are_there();
DROP FUNCTION customers_named_is_there();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0049_golden_settings")]

    operations = [
        migrations.RunSQL(FUNCTIONS, UNDONE),
        *(migrations.RunSQL(GUARDS.format(table=table), UNGUARDS.format(table=table)) for table in TABLES),
        migrations.RunSQL(KEYS.format(how="NOT ENFORCED"), KEYS.format(how="ENFORCED")),
    ]
