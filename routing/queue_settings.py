"""All a queue is set to, as one value that can be kept, compared, changed and put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_time
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid, NotFound
from routing.models import Agent, OpeningHours, OverflowRule, Queue, QueueRank, RelaxationStep, Team
from routing.version_models import DomainVersion, QueueVersion

Settings = dict[str, Any]
PLAIN = (
    "name_en", "name_zh", "required", "preferred", "strategy", "target_s", "ring_s", "head_start_s", "wrap_up_mode",
    "wrap_up_s", "miss_limit", "sticky_days", "sticky_hold_s", "transfer_place", "transfer_credit_s", "emergency_percent",
    "agent_silence_s", "customer_silence_s", "on_agent_silence", "on_customer_silence", "zone", "last_admission_min",
    "at_closing", "at_closing_written", "closed_to_site",
)  # fmt: skip
LIMITS = {
    "target_s": (1, 3600), "ring_s": (5, 120), "head_start_s": (0, 900), "wrap_up_s": (0, 3600), "miss_limit": (1, 5),
    "sticky_days": (0, 365), "sticky_hold_s": (0, 30), "transfer_credit_s": (0, 900), "emergency_percent": (0, 50),
    "agent_silence_s": (0, 86_400), "customer_silence_s": (0, 86_400), "last_admission_min": (0, 240),
}  # fmt: skip
PARTS = ("closed_to", "hours", "steps", "overflow", "ranks")
RESTS = ("rest_s", "occupancy_cap")  # of a domain


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One setting that differs."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One version, and what it changed."""

    number: int
    at: datetime
    by: str
    why: str
    changed: tuple[Changed, ...]


def queue_named(*, domain: str, key: str) -> Queue:
    """Raises NotFound."""
    found = Queue.objects.select_related("domain", "closed_to").filter(domain__key=domain, key=key).first()
    if found is None:
        raise NotFound(f"There is no queue {key[:60]!r}.")
    return found


def settings_of(queue: Queue) -> Settings:
    """As JSON."""
    said: Settings = {name: getattr(queue, name) for name in PLAIN}
    said["closed_to"] = queue.closed_to.key if queue.closed_to is not None else None
    said["hours"] = [[one.weekday, _clock(one.opens), _clock(one.closes)] for one in queue.hours.all()]
    said["steps"] = [
        {
            "after_s": one.after_s,
            "required": one.required,
            "rings": sorted(one.rings.values_list("key", flat=True)),
        }
        for one in queue.steps.order_by("after_s")
    ]
    said["overflow"] = [
        {
            "measure": one.measure, "limit": one.limit, "action": one.action, "message": one.message, "site": one.site,
            "teams": sorted(one.teams.values_list("key", flat=True)), "to": one.to.key if one.to is not None else None,
        }
        for one in queue.overflow_rules.select_related("to").order_by("no", "id")
    ]  # fmt: skip
    said["ranks"] = dict(queue.ranks.order_by("rank", "agent__key").values_list("agent__key", "rank"))
    return said


def differences(before: Settings, after: Settings, *, names: Iterable[str] = (*PLAIN, *PARTS)) -> tuple[Changed, ...]:
    """Setting by setting, in the order of the form."""
    return tuple(
        Changed(name=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def versions(*, domain: str, key: str, limit: int = 50) -> list[Kept]:
    """Newest first. Raises NotFound."""
    rows = queue_named(domain=domain, key=key).versions.order_by("-number")[: limit + 1]
    return _kept(list(rows), (*PLAIN, *PARTS))[:limit]


def rest_versions(*, domain: str, limit: int = 50) -> list[Kept]:
    """How agents of the domain were to rest, newest first."""
    rows = DomainVersion.objects.filter(domain__key=domain).order_by("-number")[: limit + 1]
    return _kept(list(rows), RESTS)[:limit]


def _kept(rows: Sequence[QueueVersion | DomainVersion], names: Sequence[str]) -> list[Kept]:
    """Versions, newest first, each with what it changed of the one before."""
    older = [*rows[1:], None][: len(rows)]
    return [
        Kept(
            number=row.number, at=row.at, by=row.by, why=row.why,
            changed=differences(before.settings, row.settings, names=names) if before is not None else (),
        )
        for row, before in zip(rows, older, strict=True)
    ]  # fmt: skip


def version_settings(*, queue: Queue, number: int) -> Settings:
    """Raises NotFound."""
    found = QueueVersion.objects.filter(queue=queue, number=number).first()
    if found is None:
        raise NotFound(f"There is no version {number}.")
    return dict(found.settings)


@transaction.atomic
def put(queue: Queue, said: Settings) -> None:
    """Write settings, whole or in part; all of them or none. Raises Invalid with the setting's name."""
    if unknown := sorted(set(said) - {*PLAIN, *PARTS}):
        raise Invalid(f"There is no setting {unknown[0][:40]!r}.", code="unknown_field", field=f"/{unknown[0][:40]}")
    for name, (least, most) in LIMITS.items():
        if name in said and not (type(said[name]) is int and least <= said[name] <= most):
            raise Invalid(
                _("%(name)s: a whole number from %(least)s to %(most)s is needed.")
                % {"name": name, "least": least, "most": most},
                field=f"/{name}",
                setting=name,
            )
    for name in PLAIN:
        if name in said:
            setattr(queue, name, said[name])
    if "closed_to" in said:
        queue.closed_to = _other(queue, said["closed_to"], "closed_to") if said["closed_to"] else None
    _check(queue)
    queue.save()
    for name, write in _PARTS.items():
        if name in said:
            write(queue, said[name])


def _check(row: Any, name: str = "") -> None:
    try:
        row.full_clean()
    except ValidationError as why:
        field, sentences = next(iter(why.message_dict.items()))
        raise Invalid(sentences[0], field=f"/{name or field}", setting=name or field) from None
    except (TypeError, ValueError):
        raise Invalid(_("A setting has a value of the wrong kind."), field=f"/{name}") from None


def _hours(queue: Queue, spans: Any) -> None:
    queue.hours.all().delete()
    for weekday, opens, closes in _rows(spans, "hours", of=list):
        row = OpeningHours(queue=queue, weekday=weekday, opens=_time(opens), closes=_time(closes))
        _check(row, "hours")
        row.save()


def _steps(queue: Queue, steps: Any) -> None:
    queue.steps.all().delete()
    for said in sorted(_rows(steps, "steps"), key=lambda one: int(one.get("after_s", 0))):
        row = RelaxationStep(queue=queue, after_s=said.get("after_s", 0), required=said.get("required", {}))
        _check(row, "steps")
        row.save()
        row.rings.set(_teams(queue, said.get("rings", ()), "steps"))


def _overflow(queue: Queue, rules: Any) -> None:
    at_work = {_alike(rule): rule.on_since for rule in queue.overflow_rules.all()}
    queue.overflow_rules.all().delete()
    for no, said in enumerate(_rows(rules, "overflow"), start=1):
        row = OverflowRule(
            queue=queue, no=no, measure=said.get("measure", ""), limit=said.get("limit", 1),
            action=said.get("action", ""), message=said.get("message", ""), site=said.get("site", ""),
            to=_other(queue, said["to"], "overflow") if said.get("to") else None,
        )  # fmt: skip
        row.on_since = at_work.get(_alike(row))  # a rule that stays as it is goes on
        _check(row, "overflow")
        row.save()
        row.teams.set(_teams(queue, said.get("teams", ()), "overflow"))


def _alike(rule: OverflowRule) -> tuple[object, ...]:
    return rule.measure, rule.limit, rule.action, rule.to_id, rule.message, rule.site


def _ranks(queue: Queue, ranks: Any) -> None:
    queue.ranks.all().delete()
    agents = dict(Agent.objects.filter(domain=queue.domain_id, key__in=list(ranks)).values_list("key", "pk"))
    for key, rank in ranks.items():
        if key not in agents:
            raise Invalid(f"There is no agent {key[:40]!r}.", field="/ranks", setting="ranks")
        row = QueueRank(queue=queue, agent_id=agents[key], rank=rank)
        _check(row, "ranks")
        row.save()


_PARTS = {"hours": _hours, "steps": _steps, "overflow": _overflow, "ranks": _ranks}


def _rows(said: Any, name: str, of: type = dict) -> list[Any]:
    if not isinstance(said, list) or not all(isinstance(one, of) for one in said):
        raise Invalid("A list of rows is needed.", field=f"/{name}", setting=name)
    return said


def _other(queue: Queue, key: str, name: str) -> Queue:
    found = Queue.objects.filter(domain=queue.domain_id, key=key).first()
    if found is None:
        raise Invalid(_("There is no queue “%(name)s”.") % {"name": str(key)[:40]}, field=f"/{name}", setting=name)
    return found


def _teams(queue: Queue, keys: Any, name: str) -> list[Team]:
    found = list(Team.objects.filter(domain=queue.domain_id, key__in=list(keys)))
    if missing := sorted(set(keys) - {team.key for team in found}):
        raise Invalid(_("There is no team “%(name)s”.") % {"name": missing[0][:40]}, field=f"/{name}", setting=name)
    return found


def _clock(at: time) -> str:
    return at.strftime("%H:%M")


def _time(text: Any) -> time:
    try:
        found = parse_time(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None:
        raise Invalid(_("Hours are written as 08:00 and 20:00."), field="/hours", setting="hours")
    return found
