"""Proposing groups by night, and doing what a person says of one: they become one group, or never mind."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.ids import uuid7
from customers.households import reading
from customers.households.finding import Group, find, shared
from customers.households.models import GroupCandidate, GroupProposal
from customers.households.rules import RULES, VERSION
from customers.identity.models import Customer, Relationship

LONGEST_REASON = 200
_INSIDE = ("head", "member", "student", "employee")
State = GroupProposal.State


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What one night found: all groups, those that are new, and open ones for which nothing speaks any more."""

    found: int
    fresh: int
    gone: int


@command
def propose(*, now: datetime) -> Proposed:
    """Find groups anew. What a person has decided stays decided; who is together already is not proposed."""
    told = shared(reading.told(now=now))
    groups = {fingerprint(group): group for rule in RULES for group in find(told=told, rule=rule)}
    held = _memberships(groups.values(), now)
    groups = {key: group for key, group in groups.items() if not _is_known(group, held)}
    known = set(GroupProposal.objects.filter(fingerprint__in=groups).values_list("fingerprint", flat=True))
    stale = GroupProposal.objects.filter(state=State.OPEN).exclude(fingerprint__in=groups)
    gone = stale.update(state=State.GONE, decided_at=now)
    GroupProposal.objects.filter(state=State.GONE, fingerprint__in=groups).update(state=State.OPEN, decided_at=None)
    fresh = [(key, group) for key, group in groups.items() if key not in known]
    made = GroupProposal.objects.bulk_create(
        GroupProposal(
            kind=group.kind, fingerprint=key, because=group.because, strength=group.strength, version=VERSION, at=now,
            group_id=_only_group(group, held),
        )
        for key, group in fresh
    )  # fmt: skip
    GroupCandidate.objects.bulk_create(
        GroupCandidate(proposal=row, customer_id=who, role="head" if who in group.heads else group.role)
        for row, (_key, group) in zip(made, fresh, strict=True)
        for who in sorted(group.members)
    )
    return Proposed(found=len(groups), fresh=len(fresh), gone=gone)


def fingerprint(group: Group) -> str:
    """The same for the same people as the same kind of group."""
    return hashlib.blake2b(
        "".join([group.kind, *(who.hex for who in sorted(group.members))]).encode(), digest_size=16
    ).hexdigest()


def _memberships(groups: Collection[Group], now: datetime) -> dict[tuple[str, UUID], set[UUID]]:
    """Which groups of which kind each of these people is in today."""
    people = {who for group in groups for who in group.members}
    ties = Relationship.objects.filter(a__in=people, role__in=_INSIDE).exclude(valid_to__lte=timezone.localdate(now))
    held: dict[tuple[str, UUID], set[UUID]] = {}
    for who, group, kind in ties.values_list("a", "b", "b__kind"):
        held.setdefault((kind, who), set()).add(group)
    return held


def _is_known(group: Group, held: dict[tuple[str, UUID], set[UUID]]) -> bool:
    return bool(set.intersection(*(held.get((group.kind, who), set()) for who in group.members)))


def _only_group(group: Group, held: dict[tuple[str, UUID], set[UUID]]) -> UUID | None:
    """The one that some of them are in; None where there is none or they are in several."""
    groups = set[UUID]().union(*(held.get((group.kind, who), set()) for who in group.members))
    return groups.pop() if len(groups) == 1 else None


@command
def accept(*, proposal_id: int, members: Collection[UUID], name: str, actor: str, now: datetime) -> UUID:
    """These of the people are a group: a customer of its own with a tie from each; nobody is merged. Answers its id.

    With no `members` all of them are. Raises Invalid for fewer than two, or strangers; Conflict where it was decided.
    """
    row = _open(proposal_id)
    roles = dict(row.candidates.values_list("customer", "role"))
    chosen = set(members) or set(roles)
    if len(chosen) < 2 or not chosen <= set(roles):
        raise Invalid(_("A group has at least two of the people who were proposed."), field="/members")
    closed = (Customer.Status.MERGED, Customer.Status.ERASED)
    if Customer.objects.filter(pk__in=chosen, status__in=closed).exists():
        raise Conflict(
            _("One of these was merged or erased meanwhile. Look again after the next night."), code="not_open"
        )
    if row.group is None:
        row.group = Customer.objects.create(
            id=uuid7(), kind=row.kind, status=Customer.Status.ACTIVE, name=name.strip()[:120], created_at=now,
            source="found", observed_at=now,
        )  # fmt: skip
    today = timezone.localdate(now)
    there = set(Relationship.objects.filter(b=row.group, valid_to__isnull=True).values_list("a", flat=True))
    Relationship.objects.bulk_create(
        Relationship(a_id=who, b=row.group, role=roles[who], valid_from=today) for who in sorted(chosen - there)
    )
    _decide(row, State.ACCEPTED, actor, "", now)
    return row.group.pk


@command
def dismiss(*, proposal_id: int, actor: str, reason: str, now: datetime) -> None:
    """They do not belong together; the same people are not proposed again. Raises Conflict where it was decided."""
    _decide(_open(proposal_id), State.DISMISSED, actor, reason.strip()[:LONGEST_REASON], now)


def _open(proposal_id: int) -> GroupProposal:
    row = GroupProposal.objects.select_for_update(of=("self",)).filter(pk=proposal_id).first()
    if row is None:
        raise NotFound(_("There is no such proposal."))
    if row.state != State.OPEN:
        raise Conflict(_("Somebody has decided this meanwhile."), code="decided", by=row.decided_by)
    return row


def _decide(row: GroupProposal, state: str, actor: str, reason: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.reason = state, actor, now, reason
    row.save(update_fields=["state", "decided_by", "decided_at", "reason", "group"])
    audit.write(
        actor=actor, action=f"group.{state}", subject=f"group_proposal:{row.pk}", purpose=reason[:120],
        data={"kind": row.kind, "group": str(row.group_id or "")}, now=now,
    )  # fmt: skip
