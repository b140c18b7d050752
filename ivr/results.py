"""What the ivr room tells others: frozen values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class PathEventIn:
    """One step as a switch or an IVR reports it; the call is named by our UUID, resolved by the door."""

    call_id: UUID
    source: str
    external_id: str
    t: datetime
    kind: str  # see ivr/events.py
    domain: str = ""  # whose switch tells it; "" of files, whose ends are nobody's news
    node: str = ""
    key: str = ""
    event_id: str = ""
    seq: int | None = None
    entry: str = ""
    flow: str = ""
    version: int | None = None
    detail: dict[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class ItemResult:
    """What became of one item of a batch: stored | duplicate | quarantined, with code and sentence where refused."""

    result: str
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """The predicted reason of the call. `basis` says how: model | path (the last option that stands for one) | none."""

    code: str  # "" unknown
    label_en: str
    label_zh: str
    basis: str
    probability: float | None = None  # of the model's; None for the rule's
    top: tuple[tuple[str, float], ...] = ()  # the model's three likeliest reasons
    evidence: tuple[str, ...] = ()  # what it rests on: chose:bill_question, last:roaming, days:3, calls:5


@dataclass(frozen=True, kw_only=True)
class Step:
    node: str
    label_en: str
    label_zh: str
    kind: str
    key: str
    at: datetime
    seconds: float | None  # time in the node, None while the caller is there


@dataclass(frozen=True, kw_only=True)
class PathView:
    steps: tuple[Step, ...]
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    intent: Intent
