"""Published wordings never change and never go: what an agent was told to say can be read for ever."""

from django.db import migrations

_FORWARD = """
CREATE FUNCTION customers_published_script_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a published script version is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.script_id, NEW.number, NEW.language, NEW.lines, NEW.cue, NEW.author, NEW.approver, NEW.published_at)
       IS DISTINCT FROM
       (OLD.script_id, OLD.number, OLD.language, OLD.lines, OLD.cue, OLD.author, OLD.approver, OLD.published_at)
       OR NEW.state = 'draft' THEN
        RAISE EXCEPTION 'a published script version never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER customers_published_script_stays
    BEFORE UPDATE OR DELETE ON customers_scriptversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION customers_published_script_stays();
"""

_BACKWARD = """
DROP TRIGGER customers_published_script_stays ON customers_scriptversion;
DROP FUNCTION customers_published_script_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunSQL(_FORWARD, _BACKWARD)]
