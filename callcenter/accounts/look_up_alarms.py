"""Alarms about look-ups that no call and no case asked for: raised as they happen, seen and answered for by a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils.translation import gettext as _

from callcenter.accounts.alarming import OF_KEYS, Threshold, strange
from callcenter.accounts.models import ApiKey, LookUpAlarm, LookUpRule, User
from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Principal

LOOKED_UP, REVEALED, BY_ID, READ = (
    "customer.looked_up", "customer.revealed", "customer.opened_by_id", "customer.read",
)  # fmt: skip
_WITHOUT_CALL = (LOOKED_UP, REVEALED, BY_ID, READ)
HOUR = timedelta(hours=1)
_DAYS = 28  # of an actor's own hours
_USE_IS_NOTED = timedelta(minutes=2)  # how far behind the note of a key's last use may be
LONGEST_NOTE = 200
_MOST_SHOWN = 50
MOST_BY = {LookUpRule.Of.PERSON: 1_000, LookUpRule.Of.KEY: 100_000}
_AS_IT_COMES = {LookUpRule.Of.PERSON: Threshold(), LookUpRule.Of.KEY: OF_KEYS}


def consider(*, who: User | ApiKey, now: datetime) -> LookUpAlarm | None:
    """Raise an alarm where this actor's last hour is strange, once an hour; of a person in the transaction of the look-up."""
    is_key = isinstance(who, ApiKey)
    actor = f"key:{who.prefix}" if isinstance(who, ApiKey) else f"user:{who.pk}"
    looked = _looked(actor, now)
    rule = threshold(of=LookUpRule.Of.KEY if is_key else LookUpRule.Of.PERSON)
    if looked <= min(rule.least, rule.most):
        return None
    whose = {"key_id" if is_key else "user_id": who.pk}
    running = LookUpAlarm.objects.filter(**whose, at__gt=now - HOUR).order_by("-at").first()
    if running is not None:
        LookUpAlarm.objects.filter(pk=running.pk).update(looked=max(running.looked, looked))
        return None
    found = strange(looked=looked, hours=_hours_before(actor, now), rule=rule)
    if found is None:
        return None
    raised = LookUpAlarm.objects.create(
        **whose, at=now, looked=looked, usual=found.usual, why=found.why, most=rule.most
    )
    audit.write(
        actor=actor, action="lookups.alarm", subject=actor, now=now,
        data={"alarm": raised.pk, "looked": looked, "why": found.why},
    )  # fmt: skip
    return raised


def consider_keys(*, now: datetime) -> int:
    """Look at every key that was used within the hour; answers how many alarms were raised. By the minute, not by request:
    a system asks thousands of times an hour, and its answers do not wait for the count.
    """
    raised = 0
    used = ApiKey.objects.filter(last_used_at__gt=now - HOUR - _USE_IS_NOTED).order_by("pk")
    for key in used:
        with transaction.atomic():
            raised += consider(who=key, now=now) is not None
    return raised


def threshold(*, of: str = LookUpRule.Of.PERSON) -> Threshold:
    """The rule for people or for keys, as it was set last or as it comes."""
    row = LookUpRule.objects.filter(of=of).order_by("-pk").first()
    if row is None:
        return _AS_IT_COMES[LookUpRule.Of(of)]
    return Threshold(most=row.most, sigmas=row.sigmas, least=row.least)


def rules(*, most: int = 20) -> QuerySet[LookUpRule]:
    """How the rule was set, the newest first."""
    return LookUpRule.objects.order_by("-pk")[:most]


@command
def set_rule(
    *, most: int, sigmas: float, least: int, principal: Principal, now: datetime, of: str = LookUpRule.Of.PERSON
) -> LookUpRule:
    """Another threshold from now on, `of` people or keys; the earlier ones stay on record. Raises Invalid."""
    if of not in LookUpRule.Of.values:
        raise Invalid(_("Say whether the rule is for people or for API keys."), field="/of")
    highest = MOST_BY[LookUpRule.Of(of)]
    if not 1 <= most <= highest or not 1 <= least <= most or not 1 <= sigmas <= 10:
        raise Invalid(
            _("At most 1 to %(highest)s an hour, from no more than that on by their own habit, 1 to 10 deviations above it.")
            % {"highest": f"{highest:,}"},
            field="/most",
        )  # fmt: skip
    made = LookUpRule.objects.create(of=of, most=most, sigmas=sigmas, least=least, actor=principal.name, at=now)
    told = {"of": str(of), "most": most, "sigmas": sigmas, "least": least}
    audit.write(actor=principal.name, action="lookups.rule_set", now=now, data=told)
    return made


def alarms() -> list[LookUpAlarm]:
    """Open ones first, then the newest."""
    waiting = LookUpAlarm.objects.filter(seen_at__isnull=True).select_related("user", "key").order_by("-at")
    seen = LookUpAlarm.objects.filter(seen_at__isnull=False).select_related("user", "key").order_by("-at")
    return [*waiting[:_MOST_SHOWN], *seen[:_MOST_SHOWN]]


def waiting() -> int:
    """How many nobody has answered for."""
    return LookUpAlarm.objects.filter(seen_at__isnull=True).count()


@command
def answer(*, alarm_id: int, note: str, principal: Principal, now: datetime) -> None:
    """Somebody else looked into it and says what it was. Raises NotFound, Invalid, Forbidden (one's own), Conflict."""
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        raise Invalid(_("Say in at most 200 characters what the look-ups were for."), field="/note")
    alarm = LookUpAlarm.objects.select_for_update(of=("self",)).select_related("key").filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFound(_("There is no such alarm."))
    if principal.name == alarm.actor:
        raise Forbidden(_("Somebody else must look into your own look-ups."))
    if alarm.seen_at is not None:
        raise Conflict(_("Somebody has answered for this alarm already."), code="already_seen")
    alarm.seen_at, alarm.seen_by, alarm.note = now, principal.name, note
    alarm.save(update_fields=["seen_at", "seen_by", "note"])
    audit.write(
        actor=principal.name, action="lookups.alarm_answered", subject=alarm.actor, purpose=note[:120],
        now=now, data={"alarm": alarm.pk},
    )  # fmt: skip


def _looked(actor: str, now: datetime) -> int:
    """Different customers of the last hour, and every look-up that opened nobody for itself: walking numbers counts."""
    found: int = _entries(actor, now - HOUR).aggregate(n=_DIFFERENT)["n"]
    return found


def _hours_before(actor: str, now: datetime) -> list[int]:
    """The same of each earlier hour in which there were any, over four weeks."""
    rows = _entries(actor, now - timedelta(days=_DAYS)).filter(at__lte=now - HOUR)
    return list(rows.annotate(hour=TruncHour("at")).values("hour").annotate(n=_DIFFERENT).values_list("n", flat=True))


_DIFFERENT = Count("subject", distinct=True, filter=~Q(subject="")) + Count("pk", filter=Q(subject=""))


def _entries(actor: str, since: datetime) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(actor=actor, action__in=_WITHOUT_CALL, call__isnull=True, at__gt=since)
    return rows.order_by()
