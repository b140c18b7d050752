"""Alarms about look-ups that no call and no case asked for: raised as they happen, seen and answered for by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from callcenter.accounts.alarming import Threshold, strange
from callcenter.accounts.models import LookUpAlarm, LookUpRule, User
from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Principal

LOOKED_UP, REVEALED, BY_ID = "customer.looked_up", "customer.revealed", "customer.opened_by_id"
_WITHOUT_CALL = (LOOKED_UP, REVEALED, BY_ID)
HOUR = timedelta(hours=1)
_DAYS = 28  # of a person's own hours
LONGEST_NOTE = 200
_MOST_SHOWN = 50


def consider(*, user: User, now: datetime) -> LookUpAlarm | None:
    """Raise an alarm where this person's last hour is strange, once an hour; in the transaction of the look-up."""
    looked = _looked(user, now)
    rule = threshold()
    if looked <= min(rule.least, rule.most):
        return None
    found = strange(looked=looked, hours=_hours_before(user, now), rule=rule)
    if found is None:
        return None
    running = LookUpAlarm.objects.filter(user=user, at__gt=now - HOUR).order_by("-at").first()
    if running is not None:
        LookUpAlarm.objects.filter(pk=running.pk).update(looked=max(running.looked, looked))
        return None
    raised = LookUpAlarm.objects.create(
        user=user, at=now, looked=looked, usual=found.usual, why=found.why, most=rule.most
    )
    audit.write(
        actor=f"user:{user.pk}", action="lookups.alarm", subject=f"user:{user.pk}", now=now,
        data={"alarm": raised.pk, "looked": looked, "why": found.why},
    )  # fmt: skip
    return raised


def threshold() -> Threshold:
    """The rule as it was set last, or as it comes."""
    row = rules(most=1).first()
    return Threshold(most=row.most, sigmas=row.sigmas, least=row.least) if row else Threshold()


def rules(*, most: int = 20) -> QuerySet[LookUpRule]:
    """How the rule was set, the newest first."""
    return LookUpRule.objects.order_by("-pk")[:most]


@command
def set_rule(*, most: int, sigmas: float, least: int, principal: Principal, now: datetime) -> LookUpRule:
    """Another threshold from now on; the earlier ones stay on record. Raises Invalid."""
    if not 1 <= most <= 1_000 or not 1 <= least <= most or not 1 <= sigmas <= 10:
        raise Invalid(
            _("At most 1 to 1,000 an hour, from no more than that on by a person’s own habit, 1 to 10 deviations above it."),
            field="/most",
        )  # fmt: skip
    made = LookUpRule.objects.create(most=most, sigmas=sigmas, least=least, actor=principal.name, at=now)
    audit.write(
        actor=principal.name, action="lookups.rule_set", now=now, data={"most": most, "sigmas": sigmas, "least": least}
    )
    return made


def alarms() -> list[LookUpAlarm]:
    """Open ones first, then the newest."""
    waiting = LookUpAlarm.objects.filter(seen_at__isnull=True).select_related("user").order_by("-at")
    seen = LookUpAlarm.objects.filter(seen_at__isnull=False).select_related("user").order_by("-at")
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
    alarm = LookUpAlarm.objects.select_for_update().filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFound(_("There is no such alarm."))
    if principal.name == f"user:{alarm.user_id}":
        raise Forbidden(_("Somebody else must look into your own look-ups."))
    if alarm.seen_at is not None:
        raise Conflict(_("Somebody has answered for this alarm already."), code="already_seen")
    alarm.seen_at, alarm.seen_by, alarm.note = now, principal.name, note
    alarm.save(update_fields=["seen_at", "seen_by", "note"])
    audit.write(
        actor=principal.name, action="lookups.alarm_answered", subject=f"user:{alarm.user_id}", purpose=note[:120],
        now=now, data={"alarm": alarm.pk},
    )  # fmt: skip


def _looked(user: User, now: datetime) -> int:
    """Different customers of the last hour, and every look-up that opened nobody for itself: walking numbers counts."""
    return _different(_entries(user, now - HOUR).values_list("subject", flat=True))


def _hours_before(user: User, now: datetime) -> list[int]:
    """The same of each earlier hour in which there were any, over four weeks."""
    by_hour: dict[int, list[str]] = {}
    rows = _entries(user, now - timedelta(days=_DAYS)).filter(at__lte=now - HOUR).values_list("at", "subject")
    for at, subject in rows:
        by_hour.setdefault(int(at.timestamp()) // 3_600, []).append(subject)
    return [_different(subjects) for subjects in by_hour.values()]


def _different(subjects: Iterable[str]) -> int:
    told = Counter(subjects)
    nobody = told.pop("", 0)
    return len(told) + nobody


def _entries(user: User, since: datetime) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(actor=f"user:{user.pk}", action__in=_WITHOUT_CALL, call__isnull=True, at__gt=since)
