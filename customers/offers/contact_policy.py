"""May we sell in this call? One pure function for every screen; the strictest rule wins and unknown means no.

All rules run and each that speaks denies: adding a rule can only deny more. Serving is always allowed, so nothing here
asks whether we may help. Limits follow what the field keeps to; they are constants until a supervisor's page owns them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from customers.results import Policy, PolicyWarning

CONTACT_WINDOW = timedelta(days=7)
CONTACTS_BEFORE = 3  # with the present one it is the fourth: churn rises from about 12 % to 46 % there
PITCH_WINDOW = timedelta(days=7)
PITCHES = 2
# (refusals, within, then silence for), the longest silence counts
SUPPRESSIONS = (
    (2, timedelta(days=30), timedelta(days=90)),
    (3, timedelta(days=90), timedelta(days=180)),
)
REFUSALS_READ = max(within + silence for _n, within, silence in SUPPRESSIONS)
ADULT = 18

_CHANNELS = ("voice", "any")


@dataclass(frozen=True, kw_only=True)
class ConsentFact:
    """What a customer said about one purpose on one channel."""

    purpose: str  # marketing | profiling …
    channel: str  # voice | any …
    state: str  # granted | refused
    until: datetime | None = None  # None = for good


@dataclass(frozen=True, kw_only=True)
class PolicyFacts:
    """All the policy reads. Times UTC, newest first."""

    resolved: bool = True  # False while we do not know who is calling
    restricted: bool = False
    birth_year: int | None = None
    consents: tuple[ConsentFact, ...] = ()
    do_not_call: bool = False  # the customer or the number
    complaint_since: datetime | None = None  # of the newest open one
    vulnerable: bool = False
    contacts: tuple[datetime, ...] = ()  # earlier incoming calls within CONTACT_WINDOW
    pitches: tuple[datetime, ...] = ()  # earlier calls within PITCH_WINDOW in which something was offered
    refusals: tuple[datetime, ...] = ()  # declined offers within REFUSALS_READ


def decide(*, facts: PolicyFacts, now: datetime) -> Policy:
    """All rules run; any that speaks bars selling. The warnings stand in the order of the rules."""
    warnings = tuple(warning for rule in RULES if (warning := rule(facts, now)) is not None)
    return Policy(may_sell=not warnings, warnings=warnings)


# --- the rules ------------------------------------------------------------------------------------------------------
def unknown_caller(facts: PolicyFacts, _now: datetime) -> PolicyWarning | None:
    return None if facts.resolved else PolicyWarning(rule="unknown_caller")


def do_not_call(facts: PolicyFacts, _now: datetime) -> PolicyWarning | None:
    return PolicyWarning(rule="do_not_call") if facts.do_not_call else None


def restricted(facts: PolicyFacts, _now: datetime) -> PolicyWarning | None:
    return PolicyWarning(rule="restricted") if facts.restricted else None


def consent(facts: PolicyFacts, now: datetime) -> PolicyWarning | None:
    """A refusal on the telephone or on all channels outweighs any grant; nothing on record, or run out, is no."""
    said = [c for c in facts.consents if c.purpose == "marketing" and c.channel in _CHANNELS and _holds(c, now)]
    if any(c.state == "refused" for c in said):
        return PolicyWarning(rule="no_marketing")
    if any(c.state == "granted" for c in said):
        return None
    return PolicyWarning(rule="unknown_consent") if facts.resolved else None


def profiling(facts: PolicyFacts, now: datetime) -> PolicyWarning | None:
    """Our suggestions read usage and tags: whoever refused that gets none (PIPL art. 24)."""
    refused = any(c.purpose == "profiling" and c.state == "refused" and _holds(c, now) for c in facts.consents)
    return PolicyWarning(rule="no_profiling") if refused else None


def open_complaint(facts: PolicyFacts, _now: datetime) -> PolicyWarning | None:
    if facts.complaint_since is None:
        return None
    return PolicyWarning(rule="open_complaint", facts={"since": facts.complaint_since.isoformat()})


def minor(facts: PolicyFacts, now: datetime) -> PolicyWarning | None:
    """We know a year, not a day: who may still be 17 counts as 17."""
    if facts.birth_year is None:
        return None
    surely_adult = datetime(facts.birth_year + ADULT + 1, 1, 1, tzinfo=UTC)
    return PolicyWarning(rule="minor", until=surely_adult) if now < surely_adult else None


def vulnerable(facts: PolicyFacts, _now: datetime) -> PolicyWarning | None:
    return PolicyWarning(rule="vulnerable") if facts.vulnerable else None


def repeat_contact(facts: PolicyFacts, now: datetime) -> PolicyWarning | None:
    """The fourth contact in seven days is the sharpest line there is: whoever calls that often has an unsolved cause."""
    contacts = _within(facts.contacts, CONTACT_WINDOW, now)
    if len(contacts) < CONTACTS_BEFORE:
        return None
    until = contacts[CONTACTS_BEFORE - 1] + CONTACT_WINDOW
    return PolicyWarning(rule="repeat_contact", until=until, facts={"contacts": len(contacts) + 1})


def pitch_cap(facts: PolicyFacts, now: datetime) -> PolicyWarning | None:
    pitches = _within(facts.pitches, PITCH_WINDOW, now)
    if len(pitches) < PITCHES:
        return None
    until = pitches[PITCHES - 1] + PITCH_WINDOW
    return PolicyWarning(rule="pitch_cap", until=until, facts={"offered": len(pitches), "limit": PITCHES})


def cooling_off(facts: PolicyFacts, now: datetime) -> PolicyWarning | None:
    """Several refusals close together are an answer to all offers; the latest run decides how long."""
    refusals = sorted(facts.refusals, reverse=True)
    ends = [
        last + silence
        for count, within, silence in SUPPRESSIONS
        for last, first in zip(refusals, refusals[count - 1 :], strict=False)
        if last - first <= within
    ]
    until = max(ends, default=now)
    return PolicyWarning(rule="cooling_off", until=until) if until > now else None


def _holds(said: ConsentFact, now: datetime) -> bool:
    return said.until is None or said.until > now


def _within(moments: Sequence[datetime], window: timedelta, now: datetime) -> list[datetime]:
    """Those inside the sliding window (now − window, now], newest first."""
    return sorted((at for at in moments if now - window < at <= now), reverse=True)


Rule = Callable[[PolicyFacts, datetime], PolicyWarning | None]

# To add a rule: one function above, one line here, one text in `wording.WARNINGS`.
RULES: tuple[Rule, ...] = (
    unknown_caller,
    do_not_call,
    consent,
    profiling,
    restricted,
    open_complaint,
    minor,
    vulnerable,
    repeat_contact,
    pitch_cap,
    cooling_off,
)
