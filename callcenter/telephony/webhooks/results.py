"""What is known of receivers and deliveries, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from callcenter.foundation.ids import public


@dataclass(frozen=True, kw_only=True)
class EndpointView:
    """A receiver as it stands."""

    id: UUID
    domain: str
    url: str
    description: str
    types: tuple[str, ...]  # empty: all
    active: bool
    inactive_reason: str  # by_hand | gone | failing; "" while active
    failing_since: datetime | None
    resume_at: datetime | None  # nothing is sent before
    last_success_at: datetime | None
    previous_until: datetime | None  # the secret before signs as well until then
    created_at: datetime
    pending: int  # deliveries not yet taken
    behind: int  # events of the log not looked at for it yet, of whatever type; MOST_COUNTED at most
    dead: int  # given up after the last try

    @property
    def public_id(self) -> str:
        return public("wh", self.id)


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    at: datetime
    took_ms: int
    status: int | None
    result: str


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """One event for one receiver, and how the telling went."""

    id: int
    endpoint: UUID
    event: int
    type: str
    call: UUID | None
    state: str
    test: bool
    tries: int
    due_at: datetime
    tried_at: datetime | None
    last_status: int | None
    last_result: str
    created_at: datetime
    finished_at: datetime | None
    attempts: tuple[AttemptView, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A receiver with its secret, which is told to whoever made or rotated it."""

    endpoint: EndpointView
    secret: str


@dataclass(frozen=True, kw_only=True)
class Replay:
    """How far a replay came."""

    events: int  # put into the queue again
    until: int  # feed number up to which
    complete: bool  # False: ask again from `until`
