"""The audit of automatic merges: some are drawn, a person says right or wrong, and the share of right ones is told.

What weighs much is hardly ever wrong, so only joins under six bits are drawn; by band, since the lowest joining one must
stay above 95 per cent. Beside them wait merges whose evidence has vanished and that no run may undo.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from callcenter.foundation import audit, masks
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.groups.formulas import wilson
from customers.identity.ledger import LINKING, MergeAudit

BELOW_BITS = 6.0
SHARE = 0.01  # of the joins of a run, and at least one
BANDS = ((0.0, 2.0), (2.0, 6.0))
LEAST_PRECISION = 0.95  # of the lowest joining band
Why = MergeAudit.Why


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A merge that waits to be looked at. `lost` are fields that agreed when it was made, of one whose evidence vanished."""

    id: int
    survivor: UUID
    absorbed: UUID
    masked_names: tuple[str, str]
    bits: float
    evidence: list[dict[str, Any]]
    at: datetime
    actor: str
    lost: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Band:
    """What people found of the joins between these bits: how many right ones of how many, and the 95 % interval."""

    low: float
    high: float
    right: int
    judged: int
    interval: tuple[float, float]

    @property
    def precision(self) -> float | None:
        return self.right / self.judged if self.judged else None

    @property
    def is_too_low(self) -> bool:
        """Surely below what the lowest joining band must reach."""
        return self.judged > 0 and self.interval[1] < LEAST_PRECISION


def chosen(joins: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Of the merges (decision, bits) of a run, those to look at: the same ones however often it is asked."""
    weak = sorted((one for one in joins if one[1] < BELOW_BITS), key=lambda one: _lot(one[0]))
    return weak[: max(1, round(SHARE * len(weak)))] if weak else []


def draw(*, joins: Sequence[tuple[int, float]], now: datetime) -> int:
    """Put some of a run's merges before a person; answers how many."""
    drawn = [MergeAudit(decision_id=decision, bits=bits, drawn_at=now) for decision, bits in chosen(joins)]
    return len(MergeAudit.objects.bulk_create(drawn, ignore_conflicts=True))


def flag(*, decision: int, bits: float, lost: Sequence[str], now: datetime) -> bool:
    """Put a merge whose evidence has vanished before a person; answers whether it was not there yet. Asked once a merge."""
    told = {"bits": bits, "lost": list(lost), "drawn_at": now}
    _row, is_new = MergeAudit.objects.get_or_create(decision_id=decision, why=Why.VANISHED, defaults=told)
    return is_new


def lower_flags(*, but: Collection[int]) -> int:
    """Take back what nobody has looked at yet and is not among these decisions any more: its evidence is there again."""
    gone = MergeAudit.objects.filter(why=Why.VANISHED, verdict="").exclude(decision__in=but)
    return gone.delete()[0]


def waiting(*, why: str = Why.DRAWN, most: int = 10) -> list[Drawn]:
    """What nobody has looked at and still stands, the oldest first: drawn by lot, or without evidence."""
    found = MergeAudit.objects.filter(why=why, verdict="", decision__closed_at__isnull=True)
    rows = found.select_related("decision__survivor", "decision__absorbed").order_by("drawn_at", "pk")[:most]
    return [
        Drawn(
            id=row.pk, survivor=row.decision.survivor_id, absorbed=row.decision.absorbed_id, bits=row.bits,
            masked_names=(masks.person(row.decision.survivor.name), masks.person(row.decision.absorbed.name)),
            evidence=row.decision.evidence, at=row.decision.at, actor=row.decision.actor, lost=tuple(row.lost),
        )
        for row in rows
    ]  # fmt: skip


def bands() -> list[Band]:
    """How right the joins of each band were. A merge that a person took apart before anybody judged it counts as wrong;
    what linking undid itself says nothing: the evidence was another one then.
    """
    told = []
    taken_apart = Q(decision__closed_at__isnull=False) & ~Q(decision__closed_by=LINKING)
    for low, high in BANDS:
        within = MergeAudit.objects.filter(why=Why.DRAWN, bits__gte=low, bits__lt=high)
        counts = within.aggregate(
            right=Count("pk", filter=Q(verdict=MergeAudit.Verdict.RIGHT)),
            judged=Count("pk", filter=~Q(verdict="") | taken_apart),
        )
        right, judged = int(counts["right"]), int(counts["judged"])
        told.append(Band(low=low, high=high, right=right, judged=judged, interval=wilson(right, judged)))
    return told


@command
def judge(*, audit_id: int, verdict: str, actor: str, now: datetime) -> MergeAudit:
    """A person's word on one merge; who says wrong takes it apart besides. The first word counts.

    Raises NotFound, Invalid, Conflict with who was first and what they said.
    """
    if verdict not in MergeAudit.Verdict.values:
        raise Invalid(_("Say right or wrong."), field="/verdict")
    row = MergeAudit.objects.select_for_update().select_related("decision").filter(pk=audit_id).first()
    if row is None:
        raise NotFound(_("There is no such merge to look at."))
    if row.verdict:
        raise Conflict(
            _("Somebody has looked at this merge already."),
            code="already_decided",
            by=row.decided_by,
            state=row.verdict,
        )
    row.verdict, row.decided_by, row.decided_at = verdict, actor, now
    row.save(update_fields=["verdict", "decided_by", "decided_at"])
    audit.write(
        actor=actor, action="customer.merge_audited", subject=f"customer:{row.decision.survivor_id}", now=now,
        data={"decision": row.decision_id, "verdict": verdict},
    )  # fmt: skip
    return row


def _lot(decision: int) -> bytes:
    return blake2b(str(decision).encode(), digest_size=8).digest()
