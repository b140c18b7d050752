"""What no statement may do, whoever writes it: change a caller's place in time, or change a roster unnoticed."""

from django.db import migrations

ENQUEUED_ONCE = """
CREATE FUNCTION routing_call_enqueued_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'enqueued_at of call % is written once', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER routing_call_enqueued_once BEFORE UPDATE ON routing_call FOR EACH ROW
    WHEN (OLD.enqueued_at IS NOT NULL AND NEW.enqueued_at IS DISTINCT FROM OLD.enqueued_at)
    EXECUTE FUNCTION routing_call_enqueued_once();
"""
NOT_ENQUEUED_ONCE = "DROP FUNCTION routing_call_enqueued_once() CASCADE;"

# Dispatchers and web workers cache the roster by this number. It is drawn from a sequence, not counted up: a number
# that was seen in a transaction that rolled back never stands for another roster.
ROSTER_VERSION = """
CREATE SEQUENCE routing_roster_version;
CREATE FUNCTION routing_roster_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE routing_domain SET roster_version = nextval('routing_roster_version');
    RETURN NULL;
END $$;
CREATE TRIGGER routing_roster_changed AFTER INSERT OR UPDATE OR DELETE ON routing_queue
    FOR EACH STATEMENT EXECUTE FUNCTION routing_roster_changed();
CREATE TRIGGER routing_roster_changed AFTER INSERT OR UPDATE OR DELETE ON routing_queue_members
    FOR EACH STATEMENT EXECUTE FUNCTION routing_roster_changed();
CREATE TRIGGER routing_roster_changed AFTER INSERT OR UPDATE OR DELETE ON routing_agentskill
    FOR EACH STATEMENT EXECUTE FUNCTION routing_roster_changed();
CREATE TRIGGER routing_roster_changed AFTER INSERT OR DELETE ON routing_agent
    FOR EACH STATEMENT EXECUTE FUNCTION routing_roster_changed();
"""
NOT_ROSTER_VERSION = "DROP FUNCTION routing_roster_changed() CASCADE; DROP SEQUENCE routing_roster_version;"


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial")]

    operations = [
        migrations.RunSQL(ENQUEUED_ONCE, NOT_ENQUEUED_ONCE),
        migrations.RunSQL(ROSTER_VERSION, NOT_ROSTER_VERSION),
    ]
