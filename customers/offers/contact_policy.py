"""May we contact, may we sell? One pure function for the screen, outbound lists, the simulator and the audit.

All rules run and each that speaks denies: adding a rule can only deny more. The strictest wins and unknown means no.
Limits, hours and pauses are data (`contact.terms`); the rules here say how they are read. Serving somebody who called
is always allowed, so nothing here asks whether we may help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain

from customers.offers.contact.calendars import Calendar
from customers.offers.contact.facts import (
    INBOUND_PITCH,
    SELLING,
    Ask,
    ConsentFact,
    Declined,
    PolicyFacts,
    Purpose,
    Touch,
)
from customers.offers.contact.terms import ANY, Hours, Limit, Pause, Rules
from customers.results import Policy, PolicyWarning

__all__ = [
    "INBOUND_PITCH", "RULES", "Ask", "Case", "ConsentFact", "Declined", "Denial", "PolicyFacts", "Purpose", "Touch",
    "Verdict", "decide", "denied_by", "in_call",
]  # fmt: skip

ADULT = 18
AHEAD = timedelta(days=30)  # how far the next allowed instant is looked for
_CONSENT_OF = {"VOICE": ("voice", "any"), "SMS": ("sms", "any"), "EMAIL": ("mail", "any"), "WECHAT": ("wechat", "any")}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question with everything that answers it."""

    now: datetime
    ask: Ask
    facts: PolicyFacts
    rules: Rules


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A rule that says no, until when it does (None: nobody can tell), and what it counted."""

    rule: str
    until: datetime | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer. `next_allowed` is the first instant within 30 days at which the same question is answered yes."""

    allowed: bool
    denials: tuple[Denial, ...]
    next_allowed: datetime | None
    version: int  # of the rules

    @property
    def rule(self) -> str:
        """The first rule that says no; "" for yes."""
        return self.denials[0].rule if self.denials else ""

    @property
    def until(self) -> datetime | None:
        """The latest of the denials' ends; None where one has none, or for yes."""
        ends = [denial.until for denial in self.denials]
        return max((end for end in ends if end), default=None) if all(ends) else None


def decide(*, now: datetime, ask: Ask, facts: PolicyFacts, rules: Rules) -> Verdict:
    """All rules that hold for the purpose run; any that speaks denies. The denials stand in the order of the rules."""
    case = Case(now=now, ask=ask, facts=facts, rules=rules)
    denials = tuple(_denials(case))
    return Verdict(
        allowed=not denials,
        denials=denials,
        next_allowed=_next_allowed(case, denials),
        version=rules.version,
    )


def denied_by(*, now: datetime, ask: Ask, facts: PolicyFacts, rules: Rules) -> frozenset[str]:
    """The rules that say no, without looking for the next allowed instant: for many questions at once."""
    case = Case(now=now, ask=ask, facts=facts, rules=rules)
    return frozenset(denial.rule for denial in _denials(case))


def in_call(*, facts: PolicyFacts, now: datetime, rules: Rules) -> Policy:
    """May we sell in a call the customer has made? The same function, for the desk."""
    case = Case(now=now, ask=INBOUND_PITCH, facts=facts, rules=rules)
    warnings = tuple(
        PolicyWarning(rule=one.rule, until=one.until, facts=dict(one.facts)) for one in _denials(case)
    )  # fmt: skip
    return Policy(may_sell=not warnings, warnings=warnings)


def _denials(case: Case) -> Iterator[Denial]:
    for rule in RULES:
        if case.ask.purpose in rule.purposes and (case.ask.outbound or rule.inbound):
            for denial in rule.speaks(case):
                if not (case.ask.purpose is Purpose.MANDATORY and denial.rule in case.ask.passes):
                    yield denial


def _next_allowed(case: Case, denials: tuple[Denial, ...]) -> datetime | None:
    """Asks again at each end: when one rule falls silent another may have begun to speak."""
    at = case.now
    while denials:
        ends = [denial.until for denial in denials]
        if not all(ends):
            return None
        later = max(end for end in ends if end)
        if later <= at or later - case.now > AHEAD:
            return None
        at = later
        denials = tuple(_denials(Case(**{**case.__dict__, "now": at})))
    return at


# --- the rules: each answers its denials ----------------------------------------------------------------------------
def unknown_caller(case: Case) -> Iterator[Denial]:
    if not case.facts.resolved:
        yield Denial(rule="unknown_caller")


def unknown_store(case: Case) -> Iterator[Denial]:
    if not case.facts.known:
        yield Denial(rule="unknown_store")


def do_not_call(case: Case) -> Iterator[Denial]:
    if case.facts.do_not_call:
        yield Denial(rule="do_not_call")


def consent(case: Case) -> Iterator[Denial]:
    """A refusal on this channel or on all outweighs any grant; nothing on record, or run out, is no."""
    channels = _CONSENT_OF.get(case.ask.channel, ("any",))
    said = [
        one
        for one in case.facts.consents
        if one.purpose == "marketing" and one.channel in channels and _holds(one, case.now)
    ]
    refused = [one.until for one in said if one.state == "refused"]
    if refused:
        yield Denial(rule="no_marketing", until=_latest(refused))
    elif not any(one.state == "granted" for one in said) and case.facts.resolved:
        yield Denial(rule="unknown_consent")


def profiling(case: Case) -> Iterator[Denial]:
    """Our suggestions read usage and tags: whoever refused that gets none (PIPL art. 24)."""
    said = [one for one in case.facts.consents if one.purpose == "profiling" and _holds(one, case.now)]
    refused = [one.until for one in said if one.state == "refused"]
    if refused:
        yield Denial(rule="no_profiling", until=_latest(refused))


def restricted(case: Case) -> Iterator[Denial]:
    if case.facts.restricted:
        yield Denial(rule="restricted")


def complaint(case: Case) -> Iterator[Denial]:
    """An open one bars everything; a closed one for a time, longer if it was about marketing or went to the regulator."""
    if case.facts.complaint_since is not None:
        yield Denial(rule="open_complaint", facts={"since": case.facts.complaint_since.isoformat()})
    silence = {"marketing": case.rules.after_marketing_complaint, "regulator": case.rules.after_regulator}
    ends = [at + silence.get(about, case.rules.after_complaint) for at, about in case.facts.complaints_closed]
    if max(ends, default=case.now) > case.now:
        yield Denial(rule="complaint_lately", until=max(ends))


def minor(case: Case) -> Iterator[Denial]:
    """We know a year, not a day: who may still be 17 counts as 17."""
    if case.facts.birth_year is not None:
        surely_adult = datetime(case.facts.birth_year + ADULT + 1, 1, 1, tzinfo=UTC)
        if case.now < surely_adult:
            yield Denial(rule="minor", until=surely_adult)


def vulnerable(case: Case) -> Iterator[Denial]:
    if case.facts.vulnerable:
        yield Denial(rule="vulnerable")


def bars(case: Case) -> Iterator[Denial]:
    """What weighs more than any offer: an outage at the place, bereavement, fraud, arrears."""
    yield from (Denial(rule=bar) for bar in sorted(case.facts.bars))
    yield from (Denial(rule=bar, until=end) for bar, end in sorted(case.facts.bar_ends) if end > case.now)


def repeat_contact(case: Case) -> Iterator[Denial]:
    """Whoever calls that often has an unsolved cause: churn rises from about 12 % to 46 % with the fourth call."""
    window, before = case.rules.contacts_window, case.rules.contacts_before
    contacts = _within(case.facts.contacts, window, case.now)
    if len(contacts) >= before:
        until = contacts[before - 1] + window
        yield Denial(rule="repeat_contact", until=until, facts={"contacts": len(contacts) + 1})


def limits(case: Case) -> Iterator[Denial]:
    """How often: by party and by number apart, reserved contacts included; the longer wait of the two counts."""
    for limit in case.rules.limits:
        if limit.direction != case.ask.direction or limit.channel not in {ANY, case.ask.channel}:
            continue
        found = [one for reach in _reaches(limit) if (one := _over(limit, reach, case)) is not None]
        if found:
            yield max(found, key=lambda one: one.until or case.now)


def pauses(case: Case) -> Iterator[Denial]:
    """Several refusals close together are an answer to more than one offer; the latest run decides how long."""
    ends = [end for pause in case.rules.pauses for end in _silences(pause, case)]
    if max(ends, default=case.now) > case.now:
        yield Denial(rule="cooling_off", until=max(ends))


def conflicts(case: Case) -> Iterator[Denial]:
    """A not with B: by the rules, and by the catalogue."""
    action = case.ask.action
    if case.facts.unfit:
        yield Denial(rule="unfit")
    others = dict.fromkeys(case.facts.excluded, case.rules.excluded_apart) | {
        one.b if one.a == action else one.a: one.apart for one in case.rules.conflicts if action in {one.a, one.b}
    }
    ends = [
        min(touch.at + others[touch.action], touch.until or datetime.max.replace(tzinfo=UTC))
        for touch in case.facts.touches
        if touch.action in others and touch.at <= case.now
    ]
    if max(ends, default=case.now) > case.now:
        yield Denial(rule="conflict", until=max(ends))


def hours(case: Case) -> Iterator[Denial]:
    """The regions of the number and of the party must both be open; a region or a day nobody knows is closed."""
    if case.ask.channel not in {"VOICE", "SMS"}:
        return
    regions, calendars = set(case.facts.regions), case.rules.calendars
    unknown = {region for region in regions if region is None or region not in calendars}
    if not regions or unknown:
        yield Denial(rule="unknown_region")
        return
    known = sorted(str(region) for region in regions)
    for region in known:
        day = calendars[region].local(case.now).date()
        if calendars[region].day_class(day) is None:
            yield Denial(rule="unknown_day", facts={"region": region, "day": day.isoformat()})
            return
    places = [(calendars[region], case.rules.hours_for(region, case.ask.channel)) for region in known]
    opening = _all_open(places, case.now)
    if opening != case.now:
        yield Denial(rule="quiet_hours", until=opening)


def list_age(case: Case) -> Iterator[Denial]:
    if case.ask.list_at is not None and not timedelta() <= case.now - case.ask.list_at <= case.rules.list_age:
        yield Denial(rule="list_too_old")


# --- how they read --------------------------------------------------------------------------------------------------
def _holds(said: ConsentFact, now: datetime) -> bool:
    return said.until is None or said.until > now


def _latest(ends: Sequence[datetime | None]) -> datetime | None:
    return max((end for end in ends if end), default=None) if all(ends) else None


def _within(moments: Iterable[datetime], window: timedelta, now: datetime) -> list[datetime]:
    """Those inside the sliding window (now − window, now], newest first."""
    return sorted((at for at in moments if now - window < at <= now), reverse=True)


def _reaches(limit: Limit) -> tuple[str, ...]:
    return ("household",) if limit.reach == "household" else ("party", "number")


def _over(limit: Limit, reach: str, case: Case) -> Denial | None:
    """Denies if the limit is reached; ends when enough of the counted contacts have left the window."""
    ends = sorted(_ends(limit, reach, case))
    if len(ends) < limit.n:
        return None
    until = ends[len(ends) - limit.n]
    return Denial(rule=limit.id, until=until, facts={"offered": len(ends), "limit": limit.n})


def _ends(limit: Limit, reach: str, case: Case) -> Iterator[datetime]:
    """For each contact that counts now, the instant from which it no longer does."""
    pitched = () if limit.direction == "out" else case.facts.pitches
    plain = (Touch(at=at, direction="in", by=frozenset({"party", "number"})) for at in pitched)
    for touch in chain(case.facts.touches, plain):
        if not _counts(touch, limit, reach, case):
            continue
        end = _leaves(touch, limit, case)
        if end is not None and end > case.now:
            yield end if touch.until is None else min(end, touch.until)


def _counts(touch: Touch, limit: Limit, reach: str, case: Case) -> bool:
    if touch.at > case.now or touch.direction != limit.direction or reach not in touch.by:
        return False
    if touch.until is not None and touch.until <= case.now:
        return False  # a reservation that ran out
    if limit.channel not in {ANY, touch.channel}:
        return False
    return _same(limit.over, touch, case.ask)


def _same(over: str, made: Touch | Declined, ask: Ask) -> bool:
    """Whether what was made is of the asked action or group; what has no name is the same as nothing."""
    if over == "all":
        return True
    return bool(getattr(ask, over)) and getattr(made, over) == getattr(ask, over)


def _leaves(touch: Touch, limit: Limit, case: Case) -> datetime | None:
    """When a contact leaves the window. A calendar day nobody can place counts for a whole day."""
    if not limit.by_day:
        return touch.at + limit.window
    region = case.facts.regions[0] if case.facts.regions else None
    calendar = case.rules.calendars.get(region) if region else None
    return touch.at + limit.window if calendar is None else calendar.next_midnight(touch.at)


def _silences(pause: Pause, case: Case) -> Iterator[datetime]:
    """The ends of this pause for every run of refusals long enough."""
    said = [*case.facts.declined, *(Declined(at=at) for at in case.facts.refusals)]
    runs = sorted((one.at for one in said if one.at <= case.now and _same(pause.over, one, case.ask)), reverse=True)
    for last, first in zip(runs, runs[pause.n - 1 :], strict=False):
        if last - first <= pause.within:
            yield last + pause.pause


def _all_open(places: Sequence[tuple[Calendar, tuple[Hours, ...]]], at: datetime) -> datetime | None:
    """The first instant from `at` on that lies in some hours of every region; None within the next month."""
    here = at
    while here <= at + AHEAD:
        openings = [_opening(calendar, hours, here) for calendar, hours in places]
        found = [opening for opening in openings if opening]
        if len(found) < len(openings):
            return None
        if max(found) == here:
            return here
        here = max(found)
    return None


def _opening(calendar: Calendar, several: tuple[Hours, ...], at: datetime) -> datetime | None:
    found = (calendar.next_opening(at, days=one.days, spans=one.spans) for one in several)
    return min((opening for opening in found if opening), default=None)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the table: for which purposes it speaks, and whether also in calls that customers make."""

    key: str
    speaks: Callable[[Case], Iterator[Denial]]
    purposes: frozenset[Purpose] = SELLING | {Purpose.MANDATORY}
    inbound: bool = True


_OUTBOUND = SELLING | {Purpose.SERVICE, Purpose.MANDATORY}

# To add a rule: one function above, one row here, one text in `wording.WARNINGS`. A new limit is data, not code.
RULES: tuple[Rule, ...] = (
    Rule(key="unknown_caller", speaks=unknown_caller),
    Rule(key="unknown_store", speaks=unknown_store),
    Rule(key="do_not_call", speaks=do_not_call),
    Rule(key="consent", speaks=consent),
    Rule(key="profiling", speaks=profiling),
    Rule(key="restricted", speaks=restricted),
    Rule(key="complaint", speaks=complaint),
    Rule(key="minor", speaks=minor),
    Rule(key="vulnerable", speaks=vulnerable),
    Rule(key="bars", speaks=bars),
    Rule(key="repeat_contact", speaks=repeat_contact),
    Rule(key="limits", speaks=limits),
    Rule(key="pauses", speaks=pauses),
    Rule(key="conflicts", speaks=conflicts),
    Rule(key="hours", speaks=hours, purposes=_OUTBOUND, inbound=False),
    Rule(key="list_age", speaks=list_age, purposes=_OUTBOUND, inbound=False),
)
