"""What routing tells others: frozen values, never model instances. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from routing.states import CallState, Device, Presence, ReservationState, Role, ShownState

# Why an agent is held for a call that nobody chose them for: they dial it themselves.
DIALLED = "dialled"
# The words a switch may use for priority, and the head start in seconds each is worth (design: a place, not a rank).
PRIORITIES: dict[str, int] = {"normal": 0, "raised": 90, "high": 180, "vip": 300}


@dataclass(frozen=True, kw_only=True)
class CallView:
    """One call as it stands. Times UTC."""

    id: UUID
    domain: str  # routing domain key
    source: str
    external_id: str
    channel: str
    direction: str
    state: CallState
    queue: str | None  # queue key
    from_number: str
    from_e164: str
    to_number: str
    language: str
    attributes: dict[str, object] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    customer_id: UUID | None
    match_basis: str
    arrived_at: datetime
    enqueued_at: datetime | None
    place_key: datetime | None
    head_start_s: int
    connected_at: datetime | None
    held_since: datetime | None
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    version: int


@dataclass(frozen=True, kw_only=True)
class ReservationView:
    """One agent held for one call. `expires_at` is when the sweeper acts, None when nothing is due."""

    id: UUID
    call_id: UUID
    domain: str
    agent_id: int
    agent_key: str
    contact: str
    ring_s: int
    role: Role
    state: ReservationState
    end_reason: str
    because: dict[str, object]
    created_at: datetime
    expires_at: datetime | None
    accepted_at: datetime | None
    connected_at: datetime | None
    talk_ended_at: datetime | None
    wrap_until: datetime | None
    wrap_up_mode: str
    extensions: int
    disposition: str
    ended_at: datetime | None
    version: int
    written: bool = False  # a conversation in writing, beside which others may run
    spoke_by: str = ""  # whoever wrote last in it: caller | agent
    silent_at: datetime | None = None  # when it is given up unless the other one writes

    @property
    def dialled(self) -> bool:
        """The agent called the customer: there is nobody to ring but the far end."""
        return self.because.get("rule") == DIALLED

    @property
    def rung_by(self) -> str:
        """The trunk that is to ring the agent first, then the customer, for somebody else wished for this call; else ""."""
        return str(self.because.get("trunk", "")) if self.dialled else ""


@dataclass(frozen=True, kw_only=True)
class AgentView:
    """One agent: three facts (presence, device, work) and the state shown for them."""

    id: int
    key: str
    domain: str
    name_en: str
    name_zh: str
    team: str  # team key, "" for none
    contact: str
    presence: Presence
    reason: str
    presence_since: datetime | None
    pending_presence: str
    pending_reason: str
    lease_id: UUID | None
    lease_expires_at: datetime | None
    device: Device
    idle_since: datetime | None
    missed_in_row: int
    shown: ShownState
    shown_since: datetime | None
    version: int


@dataclass(frozen=True, kw_only=True)
class WaitEstimate:
    """How long a caller will wait: half of such callers at most p50_s. None where nothing honest can be said."""

    ahead: int  # callers in front
    p50_s: float | None = None
    p90_s: float | None = None
    method: str = ""  # place | last | head: which forecaster was right last
    n: int = 0  # answered waits behind it
    reason: str = ""  # why there is none: too_few_answers | nobody_staffed | closed


@dataclass(frozen=True, kw_only=True)
class CallbackView:
    """A promise to ring back. `state`: scheduled, queued, reserved, dialing, connected, completed, exhausted, canceled."""

    id: UUID
    domain: str
    queue: str
    origin: UUID  # the call that was hung up for it
    call: UUID | None  # the present or last try
    customer_id: UUID | None
    number: str  # E.164
    state: str
    enqueued_at: datetime  # the place it keeps
    due_at: datetime | None
    until: datetime
    tries: int
    reason: str
    promised_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """The answer to an arriving or queued call: the call, and the agent held for it if one was free."""

    call: CallView
    created: bool  # False when the switch repeated itself
    reservation: ReservationView | None
    position: int | None  # place in the queue, 1 = next; None when not waiting
    estimate: WaitEstimate | None = None  # of the wait that is left; None when not waiting
    guest: ReservationView | None = None  # the colleague who is asked beside the talk
    offers: tuple[str, ...] = ()  # what the menus may offer: callback, message:KEY


@dataclass(frozen=True, kw_only=True)
class SweepReport:
    """What the sweeper did in one tick."""

    missed: int = 0
    not_bridged: int = 0
    wrapped_up: int = 0
    silent: int = 0  # written conversations in which nobody took the turn
    desks_lost: int = 0

    def total(self) -> int:
        return self.missed + self.not_bridged + self.wrapped_up + self.silent + self.desks_lost


@dataclass(frozen=True, kw_only=True)
class QueueCard:
    """A queue by name."""

    key: str
    name_en: str
    name_zh: str
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class SkillView:
    """Something agents may be able to do."""

    key: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """What a queue asks of its agents and promises its callers."""

    required: dict[str, int]  # skill key → least level 1–5
    is_open: bool
    target_s: int
    ring_s: int
    wrap_up_mode: str
    wrap_up_s: int
    members: tuple[int, ...]  # agents


@dataclass(frozen=True, kw_only=True)
class QueueLine:
    """One queue as it stands."""

    queue: str  # key
    name_en: str
    name_zh: str
    target_s: int
    waiting: int
    longest_wait_s: float | None  # None when nobody waits
    free: int  # agents who could take a call of this queue at once


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a dispatcher sees at a glance."""

    now: datetime  # by the database
    waiting: bool  # somebody stands in a queue
    due: bool  # some lease or box is over
