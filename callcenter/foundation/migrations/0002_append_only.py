"""The event log and the audit trail can only grow: whoever wants to rewrite the past meets a trigger."""

from django.db import migrations

# The relay alone touches an event once more: it gives the number, from none to some, and nothing else.
FORWARD = """
CREATE FUNCTION event_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unnumbered event_log := NEW;
BEGIN
    unnumbered.feed_seq := NULL;
    IF TG_OP = 'UPDATE' AND NEW.feed_seq IS NOT NULL AND unnumbered IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'event_log is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER event_log_append_only BEFORE UPDATE OR DELETE ON event_log
    FOR EACH ROW EXECUTE FUNCTION event_log_append_only();

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON foundation_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
"""

BACKWARD = """
DROP TRIGGER audit_append_only ON foundation_auditentry;
DROP FUNCTION audit_append_only();
DROP TRIGGER event_log_append_only ON event_log;
DROP FUNCTION event_log_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
