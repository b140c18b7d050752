"""What the customers room tells others: frozen values, identifiers already masked. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One customer an identifier may belong to, with the reason for its rank. Highest score first."""

    customer_id: UUID
    masked_name: str
    kind: str
    region: str
    role: str  # user | holder | payer | contact
    verified: bool
    last_seen_at: datetime | None
    score: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """Who is reached by an identifier. `customer_id` is set only for exactly one; never a silent pick."""

    basis: str  # exact | several | none | withheld
    customer_id: UUID | None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Facts routing may use about a customer: no name, no number, no protected attribute."""

    kind: str
    value_tier: str
    language: str
    open_complaint: bool
    tags: tuple[str, ...]


NEWCOMER = Caller(
    kind="individual", value_tier="", language="", open_complaint=False, tags=()
)  # of whom nothing is known


@dataclass(frozen=True, kw_only=True)
class MaskedIdentifier:
    id: int
    kind: str
    masked: str
    verified: bool
    source: str
    last_seen_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TagView:
    key: str
    name_en: str
    name_zh: str
    origin: str
    evidence: str
    at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class HoldingView:
    code: str
    family: str
    name_en: str
    name_zh: str
    fee_fen: int
    status: str
    since: date
    term_end: date | None
    source: str


@dataclass(frozen=True, kw_only=True)
class UsageView:
    month: date
    voice_s: int
    data_kb: int
    messages: int
    bill_fen: int


@dataclass(frozen=True, kw_only=True)
class TimelineRow:
    id: int
    at: datetime
    channel: str
    kind: str
    direction: str
    code: str
    outcome: str
    ref: UUID | None
    agent: int | None
    note: str
    data: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class ProductName:
    """What a product is called, also one that nobody sells any more."""

    name_en: str
    name_zh: str


@dataclass(frozen=True, kw_only=True)
class TimelinePage:
    rows: tuple[TimelineRow, ...]
    next_cursor: str  # "" at the end


@dataclass(frozen=True, kw_only=True)
class ConsentView:
    purpose: str
    channel: str
    state: str
    proof: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    """The identity strip and everything under it but the timeline. Names and identifiers are masked."""

    id: UUID
    kind: str
    status: str
    masked_name: str
    title: str
    language: str
    region: str
    level: str
    value_tier: str
    lifecycle: str
    since: date | None
    source: str
    observed_at: datetime | None
    identifiers: tuple[MaskedIdentifier, ...]
    tags: tuple[TagView, ...]
    holdings: tuple[HoldingView, ...]
    usage: tuple[UsageView, ...]  # newest first, ≤ 6
    consents: tuple[ConsentView, ...]
    household: tuple[Candidate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PolicyWarning:
    """Something that must be known before anything is offered. `rule` is a stable code with a text per language."""

    rule: str  # no_marketing | do_not_call | open_complaint | unknown_consent | minor | repeat_contact …
    until: datetime | None = None
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """May we sell in this call? Strictest wins, unknown means no; service is always allowed."""

    may_sell: bool
    warnings: tuple[PolicyWarning, ...]


@dataclass(frozen=True, kw_only=True)
class CallContext:
    """What scripts and suggestions may know about the call: handed in by a door, never read from another room."""

    call_id: UUID
    customer_id: UUID | None
    intent: str  # "" unknown
    language: str  # of the agent's screen
    queue: str
    agent_name: str
    agent_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One offer card: what, why now, in one sentence per language, with the facts behind it."""

    action: str  # notice | service | retain | rightsize | renew | cross_sell | content
    lane: str  # notice | service | sales
    rule: str
    offering_code: str  # "" for pure service
    title_en: str
    title_zh: str
    why_en: str
    why_zh: str
    fee_fen: int | None
    facts: dict[str, object] = field(default_factory=dict)
    offer_id: int | None = None  # once shown and logged
    state: str = ""  # "" until shown, then shown | accepted | declined | later | ordered | kept | undone


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """The cards of one call, and what must be written down if they are shown."""

    cards: tuple[Suggestion, ...] = ()
    decision: dict[str, object] = field(default_factory=dict)  # the fields of an Arbitration; {} where nobody is known
    moment: str = "open"  # open | not_yet | closed: whether this is a moment to sell
    broken: tuple[ProductName, ...] = ()  # ideas that could not be worked out: left out, and named


@dataclass(frozen=True, kw_only=True)
class ScriptLine:
    stage: str  # greet | verify | ask | explain | offer | disclose | read_back | close | no_sale | comply
    text: str  # slots filled
    mandatory: bool
    number: int = 0  # its place in the version, from 1
    step: str = ""  # a step of the script that begins here
    answers: tuple[tuple[str, str], ...] = ()  # (what the customer may say, the step that follows)
    chosen: str = ""  # the step that was followed from here
    outcome: str = ""  # said, or why not; "" until the agent confirms a line that must be said


@dataclass(frozen=True, kw_only=True)
class ObjectionView:
    """What a customer may object, in their words, with the approved answers."""

    kind: str
    says: str
    answers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ScriptView:
    key: str
    number: int
    language: str
    cue: str
    lines: tuple[ScriptLine, ...]
    version_id: int = 0
    path: tuple[str, ...] = ()  # the steps followed so far
    has_objections: bool = False


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One line of a rated bill in both languages; fen 0 where it only tells where the allowance went."""

    en: str
    zh: str
    fen: int


@dataclass(frozen=True, kw_only=True)
class ComparedMonth:
    month: str  # "2026-10"
    now_fen: int
    then_fen: int
    now_lines: tuple[Explained, ...]
    then_lines: tuple[Explained, ...]

    @property
    def saved_fen(self) -> int:
        """Less than nothing where the offered one is dearer."""
        return self.now_fen - self.then_fen


@dataclass(frozen=True, kw_only=True)
class RivalBill:
    """What the customer's last months would have cost with a rival, where its terms are fresh enough to say."""

    operator: str
    name_en: str
    name_zh: str
    total_fen: int | None  # of all the months; None: old terms, or a use they have no price for
    cheaper_fen: int  # than today's plan; less than nothing where it is dearer; 0 where it cannot be said
    source: str
    seen_on: date
    is_fresh: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is paid against what is offered, on the customer's own last months, each line explained."""

    offering_code: str
    now_en: str
    now_zh: str
    then_en: str
    then_zh: str
    months: tuple[ComparedMonth, ...]
    promise_fen: int  # a month; 0: nothing may be promised, `refusals` say why
    refusals: tuple[Explained, ...]
    p_dearer: float | None  # next month; None: cannot be told
    suits_better: str  # offered | held | "" = close
    break_even: tuple[Explained, ...]
    penalty_fen: int  # for leaving the present contract now
    one_off_fen: int
    contract_months: int
    throttled: bool  # the offered one was slower in one of the months
    rivals: tuple[RivalBill, ...] = ()  # the cheapest first, those nothing can be said of last
