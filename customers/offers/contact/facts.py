"""What the contact policy is asked and what it weighs. Pure, frozen; instants are aware."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    MARKETING = "MARKETING"
    RETENTION = "RETENTION"  # counts as marketing
    SERVICE = "SERVICE"
    TRANSACTIONAL = "TRANSACTIONAL"  # never counted
    MANDATORY = "MANDATORY"  # what the law makes us tell; names the rules it may pass


SELLING = frozenset({Purpose.MARKETING, Purpose.RETENTION})


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One contact somebody wants to make."""

    direction: str = "in"  # in: the customer has called us | out
    channel: str = "VOICE"
    purpose: Purpose = Purpose.MARKETING
    action: str = ""
    group: str = ""
    list_at: datetime | None = None  # when the outbound list was drawn up; None outside lists
    passes: frozenset[str] = frozenset()  # rules a MANDATORY contact may pass

    @property
    def outbound(self) -> bool:
        return self.direction == "out"


INBOUND_PITCH = Ask()


@dataclass(frozen=True, kw_only=True)
class ConsentFact:
    """What a customer said about one purpose on one channel."""

    purpose: str  # marketing | profiling …
    channel: str  # voice | any …
    state: str  # granted | refused
    until: datetime | None = None  # None = for good


@dataclass(frozen=True, kw_only=True)
class Touch:
    """A marketing contact, made or reserved."""

    at: datetime
    direction: str = "out"
    channel: str = "VOICE"
    action: str = ""
    group: str = ""
    by: frozenset[str] = frozenset({"party", "number"})  # through what it was the same: party, number, household
    until: datetime | None = None  # a reservation's end; None = really made


@dataclass(frozen=True, kw_only=True)
class Declined:
    """An offer the customer declined."""

    at: datetime
    action: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class PolicyFacts:
    """All the policy reads. What nobody told us stands at its unknown value, and unknown means no."""

    resolved: bool = True  # False while we do not know who it is
    known: bool = True  # False: the store of consents or contacts could not be read
    restricted: bool = False
    birth_year: int | None = None
    consents: tuple[ConsentFact, ...] = ()
    do_not_call: bool = False  # the customer or the number
    complaint_since: datetime | None = None  # of the newest open one
    complaints_closed: tuple[tuple[datetime, str], ...] = ()  # (when, "" | marketing | regulator)
    vulnerable: bool = False
    contacts: tuple[datetime, ...] = ()  # earlier incoming calls
    pitches: tuple[datetime, ...] = ()  # earlier calls in which something was offered
    refusals: tuple[datetime, ...] = ()  # declined offers of which only the time is known
    declined: tuple[Declined, ...] = ()
    touches: tuple[Touch, ...] = ()
    excluded: frozenset[str] = frozenset()  # products that the catalogue does not let go with the one asked about
    unfit: bool = False  # it does not go with what the customer has, or needs what they do not have
    bars: frozenset[str] = frozenset()  # outage, bereavement, fraud, arrears … (outbound and inbound)
    bar_ends: tuple[tuple[str, datetime], ...] = ()  # the same, each with when it ends by itself
    regions: tuple[str | None, ...] = field(default=())  # of the number and of the party; None = cannot be told
