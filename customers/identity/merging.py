"""Merging two parties, and undoing it: ids stay known, everything comes back, the strictest consent wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers import news
from customers.identity import belongings, effects
from customers.identity.belongings import plain
from customers.identity.effects import Effect
from customers.identity.ledger import Decision, Proposal
from customers.identity.models import Customer

LONGEST_REASON = 200
_MOST_HOPS = 50
_NAMED = "customers_customer"


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merge that stands. `survivor` keeps its id; `absorbed` is known as a redirect from now on."""

    decision: int
    survivor: UUID
    absorbed: UUID


@dataclass(frozen=True, kw_only=True)
class Unmerged:
    """A merge undone. `restored` has its old id and what was its own; `remaining` keeps the rest.

    `redone` are later merges of the same people that were undone on the way and stand again; `doubtful` are contacts
    since the merge (their ids) that could belong to either and stayed with `remaining`.
    """

    decision: int
    restored: UUID
    remaining: UUID
    redone: tuple[int, ...] = field(default=())
    doubtful: tuple[int, ...] = field(default=())


@command
def merge(
    *, one: UUID, other: UUID, actor: str, reason: str, now: datetime, evidence: Sequence[dict[str, Any]] = ()
) -> Merged:
    """Make two parties one. The older id survives; the other becomes a redirect and can come back at any time.

    Raises Invalid (a party with itself, two kinds, no reason), NotFound, Conflict (merged by somebody else meanwhile,
    declared not the same, erased or restricted).
    """
    reason = reason.strip()
    if one == other:
        raise Invalid(_("This is one and the same customer already."), field="/other")
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say in at most 200 characters why these two are one person."), field="/reason")
    first, second = _locked(one, other)
    _may_merge(first, second)
    survivor, absorbed = _in_rank(first, second)
    proposed = Proposal.objects.filter(a=min(one, other), b=max(one, other))
    decision = Decision.objects.create(
        kind=Decision.Kind.MERGE,
        survivor=survivor,
        absorbed=absorbed,
        actor=actor,
        reason=reason,
        evidence=list(evidence) or next(iter(proposed.values_list("evidence", flat=True)), []),
        at=now,
    )
    _fold(decision, survivor, absorbed, now)
    proposed.update(state=Proposal.State.MERGED, decided_by=actor, decided_at=now)
    _write_audit("customer.merged", decision, actor, reason, now)
    pair_told: dict[str, object] = {"customer": str(survivor.pk), "absorbed": str(absorbed.pk)}
    news.tell("customer.merged", data=pair_told, actor=actor, now=now)
    return Merged(decision=decision.pk, survivor=survivor.pk, absorbed=absorbed.pk)


def preview(*, one: UUID, other: UUID, now: datetime) -> Effect:
    """What `merge` would make of these two; nothing is written. Raises Invalid, NotFound, Conflict as `merge` does."""
    if one == other:
        raise Invalid(_("This is one and the same customer already."), field="/other")
    parties = list(Customer.objects.filter(pk__in=(one, other)).order_by("pk"))
    if len(parties) < 2:
        raise NotFound(_("There is no such customer."))
    _may_merge(*parties)
    survivor, absorbed = _in_rank(*parties)
    return effects.effect(survivor, absorbed, now)


@command
def unmerge(
    *,
    absorbed: UUID,
    actor: str,
    reason: str,
    now: datetime,
    reached: Mapping[UUID, str] | None = None,
    may_relink: bool = False,
) -> Unmerged:
    """Undo the merge through which `absorbed` lives on in another customer: it gets its id and all its rows back.

    Merges that came later in the same component are undone first and done again after, so that the result is that of
    a world in which this one never happened. Unless `may_relink`, linking will not propose the pair again.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say in at most 200 characters why this merge is undone."), field="/reason")
    decision = _live().filter(absorbed=absorbed).select_for_update(no_key=True).first()
    if decision is None:
        raise Conflict(_("This customer is not merged into another one."), code="not_merged")
    later = _later(decision)
    found = _parties_of(decision, *later)
    for each in reversed(later):
        _unfold(each, found, reached or {}, actor, now)
    doubtful = _unfold(decision, found, reached or {}, actor, now)
    decision.closed_at, decision.closed_by, decision.closed_reason = now, actor, reason
    decision.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    for each in later:
        _fold(each, found[each.survivor_id], found[each.absorbed_id], now)
    if not may_relink:
        declare_not_same(one=decision.survivor_id, other=decision.absorbed_id, actor=actor, reason=reason, now=now)
    _write_audit("customer.unmerged", decision, actor, reason, now)
    parted: dict[str, object] = {"customer": str(decision.survivor_id), "restored": str(decision.absorbed_id)}
    news.tell("customer.unmerged", data=parted, actor=actor, now=now)
    return Unmerged(
        decision=decision.pk,
        restored=decision.absorbed_id,
        remaining=decision.survivor_id,
        redone=tuple(each.pk for each in later),
        doubtful=tuple(doubtful),
    )


@command
def declare_not_same(*, one: UUID, other: UUID, actor: str, reason: str, now: datetime) -> None:
    """Two parties that no run and no click may merge again until somebody lifts this."""
    a, b = min(one, other), max(one, other)
    _locked(a, b)
    fields = {"actor": actor, "reason": reason[:LONGEST_REASON], "at": now}
    Decision.objects.get_or_create(
        kind=Decision.Kind.CANNOT_LINK, survivor_id=a, absorbed_id=b, closed_at__isnull=True, defaults=fields
    )
    Proposal.objects.filter(a_id=a, b_id=b).update(state=Proposal.State.NOT_SAME, decided_by=actor, decided_at=now)
    audit.write(
        actor=actor, action="customer.not_same", subject=f"customer:{a}", purpose=reason[:120], now=now,
        data={"other": str(b)},
    )  # fmt: skip


@command
def keep_apart(*, one: UUID, other: UUID, actor: str, reason: str, now: datetime) -> None:
    """`declare_not_same`, by somebody who looked at the two. Raises Invalid, NotFound, Conflict where they are one already."""
    reason = reason.strip()
    if one == other:
        raise Invalid(_("This is one and the same customer already."), field="/other")
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say in at most 200 characters why these two are not one person."), field="/reason")
    for party in _locked(one, other):
        if party.status == Customer.Status.MERGED:
            raise _merged_meanwhile(party)
    declare_not_same(one=one, other=other, actor=actor, reason=reason, now=now)


@command
def lift_not_same(*, one: UUID, other: UUID, actor: str, now: datetime, reason: str = "") -> None:
    """Let two parties be merged again. Raises Conflict where nothing forbids it."""
    a, b = min(one, other), max(one, other)
    closed = Decision.objects.filter(
        kind=Decision.Kind.CANNOT_LINK, survivor_id=a, absorbed_id=b, closed_at__isnull=True
    ).update(closed_at=now, closed_by=actor, closed_reason=reason[:LONGEST_REASON])
    if not closed:
        raise Conflict(_("Nothing keeps these two apart."), code="not_apart")
    audit.write(
        actor=actor, action="customer.not_same_lifted", subject=f"customer:{a}", data={"other": str(b)}, now=now
    )


def resolve(*, customer_id: UUID) -> UUID:
    """The id under which a customer lives now: its own, or the survivor's after merges. Raises NotFound."""
    seen = customer_id
    for _hop in range(_MOST_HOPS):
        found = Customer.objects.filter(pk=seen).values_list("merged_into_id", flat=True)[:1]
        if not found:
            raise NotFound(_("There is no such customer."))
        if found[0] is None:
            return seen
        seen = found[0]
    raise Conflict(_("The redirects of this customer go in a circle. Tell support the id."), code="redirect_loop")


def living(*, customer_id: UUID) -> UUID:
    """`resolve`, for whoever may be worked with: who is erased or restricted is not found."""
    found = resolve(customer_id=customer_id)
    closed = (Customer.Status.ERASED, Customer.Status.RESTRICTED)
    if Customer.objects.filter(pk=found, status__in=closed).exists():
        raise NotFound(_("There is no such customer."))
    return found


def _parties_of(*decisions: Decision) -> dict[UUID, Customer]:
    """Everybody these decisions are about, locked in the order of their ids."""
    parties = {party for each in decisions for party in (each.survivor_id, each.absorbed_id)}
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=parties).order_by("pk")
    return {row.pk: row for row in rows}


def _locked(one: UUID, other: UUID) -> tuple[Customer, Customer]:
    """Both rows, locked in the order of their ids, so that two reviewers never wait for each other."""
    found = {
        row.pk: row
        for row in Customer.objects.select_for_update(no_key=True).filter(pk__in=(one, other)).order_by("pk")
    }
    if len(found) < 2:
        raise NotFound(_("There is no such customer."))
    return found[one], found[other]


def _may_merge(first: Customer, second: Customer) -> None:
    for party in (first, second):
        if party.status == Customer.Status.MERGED:
            raise _merged_meanwhile(party)
        if party.status in {Customer.Status.ERASED, Customer.Status.RESTRICTED}:
            raise Conflict(_("An erased or restricted customer cannot be merged."), code="not_open")
    if first.kind != second.kind:
        raise Invalid(
            _("A person, a household, a campus and an enterprise stay apart: relate them instead."), field="/other"
        )
    apart = Decision.objects.filter(
        kind=Decision.Kind.CANNOT_LINK,
        survivor_id=min(first.pk, second.pk),
        absorbed_id=max(first.pk, second.pk),
        closed_at__isnull=True,
    )
    if apart.exists():
        raise Conflict(_("Somebody found that these two are not the same. Lift that first."), code="declared_apart")


def _merged_meanwhile(party: Customer) -> Conflict:
    by = _live().filter(absorbed=party).first()
    return Conflict(
        _("This customer was merged into another one meanwhile. Look at the survivor."),
        code="already_merged",
        survivor=str(party.merged_into_id),
        by=by.actor if by else "",
        state="merged",
    )


def _in_rank(first: Customer, second: Customer) -> tuple[Customer, Customer]:
    """Who is known survives who is provisional; among equals the oldest id does."""

    def rank(party: Customer) -> tuple[bool, datetime, UUID]:
        return party.status == Customer.Status.PROVISIONAL, party.created_at, party.pk

    return (first, second) if rank(first) < rank(second) else (second, first)


def _fold(decision: Decision, survivor: Customer, absorbed: Customer, now: datetime) -> None:
    told = effects.fields(survivor, absorbed, now)
    before, after = {one.field: one.ours for one in told}, {one.field: one.stands for one in told}
    for name, value in after.items():
        setattr(survivor, name, value)
    survivor.save()
    changes = [{"row": str(survivor.pk), "before": before, "after": after, "was": absorbed.status}]
    decision.moved.create(table=_NAMED, column="id", folded=plain(changes))
    absorbed.status, absorbed.merged_into = Customer.Status.MERGED, survivor
    absorbed.save(update_fields=["status", "merged_into"])
    belongings.take_over(decision=decision, now=now)


def _unfold(
    decision: Decision, found: dict[UUID, Customer], reached: Mapping[UUID, str], actor: str, now: datetime
) -> list[int]:
    survivor, absorbed = found[decision.survivor_id], found[decision.absorbed_id]
    change = decision.moved.get(table=_NAMED).folded[0]
    for name, written in change["after"].items():
        if plain(getattr(survivor, name)) == written:  # what somebody wrote since stays
            setattr(survivor, name, Customer._meta.get_field(name).to_python(change["before"][name]))  # type: ignore[union-attr]
    survivor.save()
    absorbed.status, absorbed.merged_into = Customer.Status(change["was"]), None
    absorbed.save(update_fields=["status", "merged_into"])
    return belongings.give_back(decision=decision, reached=reached, actor=actor, now=now)


def _live() -> Any:
    return Decision.objects.filter(kind=Decision.Kind.MERGE, closed_at__isnull=True)


def _later(decision: Decision) -> list[Decision]:
    """Live merges of the same component that came after, oldest first."""
    parties, seen = {decision.survivor_id, decision.absorbed_id}, 0
    while len(parties) > seen:
        seen = len(parties)
        for survivor, absorbed in (
            _live().filter(Q(survivor__in=parties) | Q(absorbed__in=parties)).values_list("survivor", "absorbed")
        ):
            parties |= {survivor, absorbed}
    return list(
        _live().filter(Q(survivor__in=parties) | Q(absorbed__in=parties), pk__gt=decision.pk)
        .order_by("pk").select_for_update(no_key=True)
    )  # fmt: skip


def _write_audit(action: str, decision: Decision, actor: str, reason: str, now: datetime) -> None:
    audit.write(
        actor=actor,
        action=action,
        subject=f"customer:{decision.survivor_id}",
        purpose=reason[:120],
        data={"absorbed": str(decision.absorbed_id), "decision": decision.pk},
        now=now,
    )
