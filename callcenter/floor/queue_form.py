"""A queue's settings as a form: fields by group, rows for hours, steps and overflow; read back with a sentence where wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter.floor.words import word
from callcenter.foundation import numbers
from callcenter.foundation.errors import Invalid
from routing.hours import AtClosing, WrittenAtClosing
from routing.matching import Strategy
from routing.overflow import Action, Measure
from routing.queue_settings import Settings
from routing.requirements import Unreadable, parse, read, stored
from routing.service_clock import PlaceRule
from routing.silence import OnSilence
from routing.states import WrapUpMode

SPARE = 2  # empty rows at the end of each table


@dataclass(frozen=True, kw_only=True)
class Field:
    """One setting: how it is asked for."""

    name: str
    label: Any
    kind: str = "number"  # number, text, condition, choice
    words: str = ""  # of a choice: kind of word
    choices: Sequence[str] = ()
    least: int = 0
    most: int = 0
    help: Any = ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A field with what stands in it."""

    field: Field
    value: str
    options: tuple[tuple[str, str], ...]


GROUPS: tuple[tuple[Any, tuple[Field, ...]], ...] = (
    (
        gettext_lazy("Who serves"),
        (
            Field(name="required", label=gettext_lazy("Required"), kind="condition"),
            Field(name="preferred", label=gettext_lazy("Preferred"), kind="condition"),
            Field(name="strategy", label=gettext_lazy("Chosen by"), kind="choice", words="rule", choices=tuple(Strategy)),
            Field(name="sticky_days", label=gettext_lazy("Agent of last time remembered, days"), most=365),
            Field(name="sticky_hold_s", label=gettext_lazy("… and waited for, seconds"), most=30),
        ),
    ),
    (
        gettext_lazy("In what order"),
        (
            Field(name="head_start_s", label=gettext_lazy("Head start, seconds"), most=900),
            Field(name="emergency_percent", label=gettext_lazy("Emergency lane, % of agents (0 = none)"), most=50),
            Field(name="target_s", label=gettext_lazy("Target, seconds"), least=1, most=3600),
            Field(
                name="transfer_place", label=gettext_lazy("Place of those sent on"), kind="choice", words="place",
                choices=tuple(PlaceRule),
            ),
            Field(name="transfer_credit_s", label=gettext_lazy("… credit, seconds"), most=900),
        ),
    ),
    (
        gettext_lazy("Ringing and wrap-up"),
        (
            Field(name="ring_s", label=gettext_lazy("Rings for, seconds"), least=5, most=120),
            Field(name="miss_limit", label=gettext_lazy("Misses until not responding"), least=1, most=5),
            Field(
                name="wrap_up_mode", label=gettext_lazy("Wrap-up"), kind="choice", words="wrap_up",
                choices=tuple(WrapUpMode),
            ),
            Field(name="wrap_up_s", label=gettext_lazy("Wrap-up, seconds"), most=3600),
        ),
    ),
    (
        gettext_lazy("Opening and closing"),
        (
            Field(name="zone", label=gettext_lazy("Time zone (empty = the site's)"), kind="text", most=48),
            Field(name="last_admission_min", label=gettext_lazy("Nobody new so many minutes before closing"), most=240),
            Field(
                name="at_closing", label=gettext_lazy("Who waits at closing"), kind="choice", words="at_closing",
                choices=tuple(AtClosing),
            ),
            Field(
                name="at_closing_written", label=gettext_lazy("Who waits in writing at closing"), kind="choice",
                words="at_closing_written", choices=tuple(WrittenAtClosing),
            ),
            Field(
                name="closed_to_site", label=gettext_lazy("While closed, to another site (south/sales)"), kind="text",
                most=81,
            ),
        ),
    ),
    (
        gettext_lazy("Conversations"),
        (
            Field(name="agent_silence_s", label=gettext_lazy("Agent may be silent, seconds (0 = for ever)"), most=86_400),
            Field(
                name="on_agent_silence", label=gettext_lazy("… then"), kind="choice", words="on_silence",
                choices=tuple(OnSilence),
            ),
            Field(
                name="customer_silence_s", label=gettext_lazy("Customer may be silent, seconds (0 = for ever)"),
                most=86_400,
            ),
            Field(
                name="on_customer_silence", label=gettext_lazy("… then"), kind="choice", words="on_silence",
                choices=tuple(OnSilence),
            ),
        ),
    ),
    (
        gettext_lazy("Names"),
        (
            Field(name="name_en", label=gettext_lazy("Name, English"), kind="text", most=80),
            Field(name="name_zh", label=gettext_lazy("Name, Chinese"), kind="text", most=80),
        ),
    ),
)  # fmt: skip
_LABELS = {field.name: field.label for _title, fields in GROUPS for field in fields} | {
    "closed_to": gettext_lazy("While closed, callers go to"),
    "hours": gettext_lazy("Hours"),
    "steps": gettext_lazy("Steps"),
    "overflow": gettext_lazy("Overflow"),
    "ranks": gettext_lazy("Ranks"),
    "rest_s": gettext_lazy("Rest between calls, seconds (0 = none)"),
    "occupancy_cap": gettext_lazy("Cap on occupancy over two hours, per cent (0 = none)"),
}


def setting_name(name: str) -> str:
    return str(_LABELS.get(name, name))


def setting_value(name: str, value: Any) -> str:
    """In one line, as people write it."""
    if value in (None, "", [], {}):
        return "–"
    field = next((field for _title, fields in GROUPS for field in fields if field.name == name), None)
    if field is not None and field.kind == "choice":
        return str(word(field.words, str(value)))
    if name in {"required", "preferred"}:
        return read(value).text()
    if name == "steps":
        return "; ".join(f"{one['after_s']} s: {read(one['required']).text() or '–'}" for one in value)
    if name == "hours":
        return "; ".join(f"{word('weekday', str(day))} {opens}–{closes}" for day, opens, closes in value)
    if name == "overflow":
        rules = (
            f"{word('measure', one['measure'])} {one['limit']} → {word('action', one['action'])} {_target(one)}"
            for one in value
        )
        return "; ".join(rule.strip() for rule in rules)
    if name == "ranks":
        return ", ".join(f"{rank}. {agent}" for agent, rank in value.items())
    return str(value)


def shown(settings: Settings, given: QueryDict | None = None) -> list[tuple[Any, list[Shown]]]:
    """The groups of fields, with what was written where the form came back."""
    return [(title, [_shown(field, settings, given) for field in fields]) for title, fields in GROUPS]


def _shown(field: Field, settings: Settings, given: QueryDict | None) -> Shown:
    value = settings[field.name]
    text = read(value).text() if field.kind == "condition" else str(value)
    if given is not None:
        text = str(given.get(field.name, text))
    options = tuple((str(code), str(word(field.words, str(code)))) for code in field.choices)
    return Shown(field=field, value=text, options=options)


def steps(settings: Settings, given: QueryDict | None = None) -> list[tuple[str, str, str]]:
    """after_s, condition, teams: as they are written, and some empty ones."""
    if given is not None:
        return list(_columns(given, "step_after", "step_required", "step_rings"))
    rows = [(str(one["after_s"]), read(one["required"]).text(), " ".join(one["rings"])) for one in settings["steps"]]
    return rows + [("", "", "")] * SPARE


def hours(settings: Settings, given: QueryDict | None = None) -> list[tuple[str, str, str]]:
    """weekday, opens, closes."""
    if given is not None:
        return list(_columns(given, "hours_day", "hours_opens", "hours_closes"))
    return [(str(day), opens, closes) for day, opens, closes in settings["hours"]] + [("", "", "")] * SPARE


def overflow(settings: Settings, given: QueryDict | None = None) -> list[tuple[str, str, str, str]]:
    """measure, limit, action, whereto: teams, a queue or a message, by the action."""
    if given is not None:
        names = ("over_measure", "over_limit", "over_action", "over_to")
        return list(zip(*(given.getlist(name) for name in names), strict=False))
    rows = [(one["measure"], str(one["limit"]), one["action"], _target(one)) for one in settings["overflow"]]
    return rows + [("", "", "", "")] * SPARE


def _target(rule: Settings) -> str:
    return str(rule["to"] or rule["message"] or rule.get("site") or " ".join(rule["teams"]))


def ranks(settings: Settings, given: QueryDict | None = None) -> list[tuple[str, str, str]]:
    """rank, agent, nothing."""
    if given is not None:
        return list(_columns(given, "rank_no", "rank_agent", "rank_agent"))
    rows = [(str(rank), agent, "") for agent, rank in settings["ranks"].items()]
    return rows + [("", "", "")] * SPARE


def _columns(given: QueryDict, *names: str) -> Iterator[tuple[str, str, str]]:
    for row in zip(*(given.getlist(name) for name in names), strict=False):
        yield row[0].strip(), row[1].strip(), row[2].strip()


def read_form(given: QueryDict, present: Settings) -> Settings:
    """The settings as written. Raises Invalid with the field."""
    said = dict(present)
    for _title, fields in GROUPS:
        for field in fields:
            if field.name in given:
                said[field.name] = _value(field, str(given.get(field.name)).strip())
    if "closed_to" in given:
        said["closed_to"] = given["closed_to"] or None
    if "step_after" in given:
        said["steps"] = [
            {"after_s": whole(after, _("Steps")), "required": _condition(asked, _("Steps")), "rings": rings.split()}
            for after, asked, rings in steps(present, given)
            if after or asked or rings
        ]
    if "hours_day" in given:
        said["hours"] = [
            [whole(day, _("Hours")), opens[:5], closes[:5]] for day, opens, closes in hours(present, given) if day
        ]
    if "rank_no" in given:
        said["ranks"] = {
            agent: whole(rank, _("Ranks")) for rank, agent, _again in ranks(present, given) if rank or agent
        }
    if "over_measure" in given:
        said["overflow"] = [_rule(*row) for row in overflow(present, given) if row[0] or row[2]]
    return said


def _rule(measure: str, limit: str, action: str, to: str) -> Settings:
    return {
        "measure": measure, "limit": whole(limit or "1", _("Overflow")), "action": action,
        "teams": to.split() if action == Action.BORROW else [],
        "to": to.strip() if action == Action.QUEUE else None,
        "message": to.strip() if action == Action.MESSAGE else "",
        "site": to.strip() if action == Action.SITE else "",
    }  # fmt: skip


def _value(field: Field, text: str) -> Any:
    if field.kind == "condition":
        return _condition(text, str(field.label))
    if field.kind == "number":
        number = whole(text, str(field.label))
        if not field.least <= number <= field.most:
            raise Invalid(
                _("%(field)s: a whole number from %(least)s to %(most)s is needed.")
                % {"field": field.label, "least": field.least, "most": field.most},
                field=f"/{field.name}",
            )
        return number
    return text


def _condition(text: str, label: str) -> Any:
    try:
        return stored(parse(text))
    except Unreadable as why:
        raise Invalid(f"{label}: {_(why.sentence) % why.values}", field="/required") from None


def whole(text: str, label: str) -> int:
    number = numbers.whole(text, most=999_999)
    if number is None:
        raise Invalid(_("%(field)s: a whole number is needed.") % {"field": label}, field="/number")
    return number


MEASURES, ACTIONS = tuple(Measure), tuple(Action)
