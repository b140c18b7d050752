"""What is worse than it may be: found every night, told once, ended by the night that finds it mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid, NotFound
from customers import news
from customers.quality import book, formulas
from customers.quality.models import QualityAlert, QualityScore, RuleScore

RULE_LIMITS = {"block": 0.95, "warn": 0.80}  # the share that must be kept; of what is only good to know there is none
LEAST_CHECKED = 20  # records before a rule's share says anything
TREND_DAYS = 14
LONGEST_NOTE = 200
What = QualityAlert.What


@dataclass(frozen=True, kw_only=True)
class Breach:
    """Something that is worse than its limit. Shares 0 to 1; of a delivery both are days."""

    source: str
    what: str
    code: str
    value: float
    limit: float


@dataclass(frozen=True, kw_only=True)
class Told:
    """An alert with its last fortnight: (day, share); empty for a delivery."""

    alert: QualityAlert
    trend: tuple[tuple[date, float], ...]

    @property
    def line(self) -> str:
        """The fortnight as points of an SVG line, 70 wide and 16 high, 0 at the bottom; "" for a single day."""
        if len(self.trend) < 2:
            return ""
        last = self.trend[-1][0]
        return " ".join(f"{(day - last).days * 5 + 70},{16 - 16 * value:.1f}" for day, value in self.trend)


def settle(*, silent: Mapping[str, tuple[float, int]], now: datetime) -> int:
    """Open what this day's measurements find and end what they do not find any more; answers how many are open.

    `silent` is source → days since its last delivery, and every how many days it should deliver. In the night's transaction.
    """
    today = timezone.localdate(now)
    found = {(one.source, one.what, one.code): one for one in _breaches(today, silent)}
    stands = {(one.source, one.what, one.code): one for one in _measured(QualityAlert.objects.filter(ended_on=None))}
    for key, alert in stands.items():
        if (breach := found.get(key)) is None:
            alert.ended_on = today
        else:
            alert.value, alert.limit = breach.value, breach.limit
        alert.save(update_fields=["value", "limit", "ended_on"])
    for key in found.keys() - stands.keys():
        _open(found[key], today, now)
    return len(found)


def _measured(found: QuerySet[QualityAlert]) -> QuerySet[QualityAlert]:
    """Those that the night's measurements open and end: linking tells the others."""
    return found.exclude(what=What.SHARED)


def shared_code(kind: str, masked: str) -> str:
    """What an alert about a shared identifier is known by."""
    return f"{kind} {masked}"[: QualityAlert._meta.get_field("code").max_length]


@command
def tell_shared(*, source: str, code: str, people: int, most: int, now: datetime) -> None:
    """One more merge was undone for an identifier of too many people: the alert is opened, or counts it besides."""
    stands = QualityAlert.objects.filter(source=source, what=What.SHARED, code=code, ended_on=None)
    if stands.update(value=F("value") + 1):
        return
    QualityAlert.objects.create(
        source=source, what=What.SHARED, code=code, value=1, limit=most, since=timezone.localdate(now)
    )
    told: dict[str, object] = {"source": source, "what": str(What.SHARED), "identifier": code.partition(" ")[0]}
    news.tell("quality.alert", data=told | {"people": people, "above": most}, actor="linking", now=now)


def end_shared(*, but: Collection[str], now: datetime) -> int:
    """End the alerts about identifiers that few enough people have again; `but` are the codes of those too many share."""
    over = QualityAlert.objects.filter(what=What.SHARED, ended_on=None).exclude(code__in=but)
    return over.update(ended_on=timezone.localdate(now))


def _open(breach: Breach, today: date, now: datetime) -> None:
    QualityAlert.objects.create(**vars(breach), since=today)
    told: dict[str, object] = {"source": breach.source, "what": breach.what}
    if breach.what == What.DELIVERY:
        told |= {"days": round(breach.value, 1), "cadence_days": int(breach.limit)}
    else:
        told |= {str(breach.what): breach.code, "value": round(breach.value, 4), "below": breach.limit}
    news.tell("quality.alert", data=told, actor="nightly", now=now)


def _breaches(today: date, silent: Mapping[str, tuple[float, int]]) -> Iterable[Breach]:
    low = QualityScore.objects.filter(day=today, value__lt=formulas.WARN_BELOW)
    for source, dimension, value in low.values_list("source", "dimension", "value"):
        yield Breach(source=source, what=What.DIMENSION, code=dimension, value=value, limit=formulas.WARN_BELOW)
    rules = {rule.code: rule for rule in book.library() if rule.is_on}
    judged = RuleScore.objects.filter(day=today, checked__gte=LEAST_CHECKED)
    for source, code, checked, failed in judged.values_list("source", "rule", "checked", "failed"):
        limit = RULE_LIMITS.get(rules[code].severity, 0.0) if code in rules else 0.0
        if 1 - failed / checked < limit:
            yield Breach(source=source, what=What.RULE, code=code, value=1 - failed / checked, limit=limit)
    for source, (days, cadence) in silent.items():
        if days > cadence:
            yield Breach(source=source, what=What.DELIVERY, code="", value=days, limit=cadence)


def standing(*, today: date) -> list[Told]:
    """Open alerts, those nobody has looked at first, then the oldest; each with its trend. Three statements."""
    alerts = list(QualityAlert.objects.filter(ended_on=None).order_by("acknowledged_at", "since", "pk"))
    alerts.sort(key=lambda one: one.acknowledged_at is not None)
    if not alerts:
        return []
    trends = _trends(today - timedelta(days=TREND_DAYS), {one.source for one in alerts})
    return [
        Told(alert=one, trend=tuple(trends.get((one.source, one.what, one.code), ())[-TREND_DAYS:])) for one in alerts
    ]


def ended(*, most: int = 20) -> list[QualityAlert]:
    """Those that are mended, the newest first."""
    return list(QualityAlert.objects.exclude(ended_on=None).order_by("-ended_on", "-pk")[:most])


def unseen() -> int:
    """How many open alerts nobody has looked at."""
    return QualityAlert.objects.filter(ended_on=None, acknowledged_at=None).count()


def _trends(since: date, sources: set[str]) -> dict[tuple[str, str, str], list[tuple[date, float]]]:
    found: dict[tuple[str, str, str], list[tuple[date, float]]] = {}
    scores = QualityScore.objects.filter(day__gt=since, source__in=sources).order_by("day")
    for source, code, day, value in scores.values_list("source", "dimension", "day", "value"):
        found.setdefault((source, str(What.DIMENSION), code), []).append((day, value))
    judged = RuleScore.objects.filter(day__gt=since, source__in=sources, checked__gt=0).order_by("day")
    for source, code, day, checked, failed in judged.values_list("source", "rule", "day", "checked", "failed"):
        found.setdefault((source, str(What.RULE), code), []).append((day, 1 - failed / checked))
    return found


@command
def acknowledge(*, alert_id: int, note: str, actor: str, now: datetime) -> QualityAlert:
    """Somebody has seen it, and says what is done about it if they like; again, their word replaces the one before.

    Raises NotFound for one that is not open, Invalid for a note that is too long.
    """
    alert = QualityAlert.objects.select_for_update().filter(pk=alert_id, ended_on=None).first()
    if alert is None:
        raise NotFound(_("This alert stands no more: the night found it mended."))
    if len(note.strip()) > LONGEST_NOTE:
        raise Invalid(
            _("Say in at most %(most)s characters what is done about it.") % {"most": LONGEST_NOTE}, field="/note"
        )
    alert.acknowledged_by, alert.acknowledged_at, alert.note = actor, now, note.strip()
    alert.save(update_fields=["acknowledged_by", "acknowledged_at", "note"])
    audit.write(actor=actor, action="quality_alert.acknowledged", subject=f"quality_alert:{alert.pk}",
                data={"source": alert.source, "what": alert.what, "code": alert.code}, now=now)  # fmt: skip
    return alert
