"""Reading who somebody is: by any identifier, as facts for routing, as the view an agent sees, one value in clear."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.errors import Invalid, NotFound
from customers.catalogue.models import Holding, UsageMonth
from customers.identity import normalise, ranking
from customers.identity.models import Customer, Identifier, Relationship
from customers.insight.models import TagAssignment
from customers.insight.tags import PROTECTED
from customers.offers.models import Consent
from customers.results import (
    Caller,
    Candidate,
    ConsentView,
    CustomerView,
    Found,
    HoldingView,
    MaskedIdentifier,
    TagView,
    UsageView,
)
from customers.timeline.kinds import COMPLAINT, OPEN
from customers.timeline.models import Interaction

CANDIDATES = 20  # shown to choose from
USAGE_MONTHS = 6
_PROBED = 200  # rows of one identifier: a switchboard's number has thousands, and nobody chooses among thousands
_LISTED = 50  # of one section of the view
_KIN = 30


def find(*, kind: str, value: str, now: datetime, scope: str = "") -> Found:
    """Who is reached by an identifier, in any of its spellings. One index probe, one statement.

    `kind` is an `Identifier.Kind`, or "" to guess where the spelling leaves no doubt. Exactly one person opens; several
    come ranked and none of them picked; "withheld" is an empty value.
    """
    if not value.strip():
        return Found(basis="withheld", customer_id=None)
    kind = kind or normalise.guess_kind(value)
    spelled = normalise.normalise(kind=kind, value=value)
    if not kind or not spelled:
        return Found(basis="none", customer_id=None)
    rows = (
        Identifier.objects.filter(kind__in=normalise.kinds_probed(kind), scope=scope, value=spelled)
        .filter(Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_to=None) | Q(valid_to__gt=now))
        .exclude(customer__status=Customer.Status.ERASED)
        .select_related("customer")
        .order_by("-last_seen_at")[:_PROBED]
    )
    candidates = _ranked(rows, now=now)
    if not candidates:
        return Found(basis="none", customer_id=None)
    if len(candidates) == 1:
        return Found(basis="exact", customer_id=candidates[0].customer_id, candidates=candidates)
    return Found(basis="several", customer_id=None, candidates=candidates[:CANDIDATES])


def caller(*, customer_id: UUID, now: datetime) -> Caller:
    """What routing may know of a customer: no name, no number, no protected attribute. Raises NotFound."""
    customer = _one(Customer.objects.all(), customer_id)
    keys = (
        _tags(customer_id, now).exclude(tag__key__in=PROTECTED).order_by("tag__key").values_list("tag__key", flat=True)
    )
    return Caller(
        kind=customer.kind,
        value_tier=customer.value_tier,
        language=customer.language,
        open_complaint=Interaction.objects.filter(customer=customer_id, kind=COMPLAINT, outcome=OPEN).exists(),
        tags=tuple(keys[:_LISTED]),
    )


def customer_view(*, customer_id: UUID, now: datetime) -> CustomerView:
    """The customer as the serving agent sees them, all values masked. Eight statements, whatever the history.

    Raises NotFound, for an erased customer too. The timeline is asked for apart (`customers.timeline.queries.page`).
    """
    customer = _one(Customer.objects.all(), customer_id)
    return CustomerView(
        id=customer.pk,
        kind=customer.kind,
        status=customer.status,
        masked_name=masks.person(customer.name),
        title=customer.title,
        language=customer.language,
        region=customer.region,
        level=customer.level,
        value_tier=customer.value_tier,
        lifecycle=customer.lifecycle,
        since=customer.since,
        source=customer.source,
        observed_at=customer.observed_at,
        identifiers=_identifiers(customer_id, now),
        tags=tuple(_tag_view(row) for row in _tags(customer_id, now).select_related("tag").order_by("-at")[:_LISTED]),
        holdings=_holdings(customer_id),
        usage=_usage(customer_id),
        consents=_consents(customer_id),
        household=kin(customer_id=customer_id, today=timezone.localdate(now)),
    )


def kin(*, customer_id: UUID, today: date) -> tuple[Candidate, ...]:
    """The parties tied to a customer: directly, and the others of the same household. At most two statements."""
    near = _ties(Q(a=customer_id) | Q(b=customer_id), today)
    found = {row.pk: (row, role) for row, role in _far_ends(near, {customer_id})}
    homes = [key for key, (row, _role) in found.items() if row.kind == Customer.Kind.HOUSEHOLD]
    if homes:
        others = _far_ends(_ties(Q(a__in=homes) | Q(b__in=homes), today), set(homes))
        found = {row.pk: (row, role) for row, role in others if row.pk != customer_id} | found
    return tuple(
        Candidate(
            customer_id=row.pk,
            masked_name=masks.person(row.name),
            kind=row.kind,
            region=row.region,
            role=role,
            verified=False,
            last_seen_at=None,
            score=0.0,
        )
        for row, role in list(found.values())[:_KIN]
    )


def reveal_value(*, customer_id: UUID, field: str) -> str:
    """One value in clear: `name` or `identifier:<id>`; its audit row is written before. Raises NotFound, Invalid."""
    what, _colon, which = field.partition(":")
    if what == "name" and not which:
        return _one(Customer.objects.only("name", "status"), customer_id).name
    if what == "identifier" and which.isascii() and which.isdigit() and len(which) <= 18:
        rows = Identifier.objects.filter(pk=int(which), customer=customer_id)
        value = rows.exclude(customer__status=Customer.Status.ERASED).values_list("value", flat=True).first()
        if value is None:
            raise NotFound(_("This customer has no such identifier."))
        return value
    raise Invalid(_("Only a name or an identifier can be revealed."), field="/field")


def _one(rows: QuerySet[Customer], customer_id: UUID) -> Customer:
    customer = rows.exclude(status=Customer.Status.ERASED).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(_("There is no such customer."))
    return customer


def _ranked(rows: Iterable[Identifier], *, now: datetime) -> tuple[Candidate, ...]:
    """One candidate per customer, the best of their rows counting; the highest score first, ties by id."""
    best: dict[UUID, Candidate] = {}
    for row in rows:
        candidate = Candidate(
            customer_id=row.customer_id,
            masked_name=masks.person(row.customer.name),
            kind=row.customer.kind,
            region=row.customer.region,
            role=row.role,
            verified=row.verified_at is not None,
            last_seen_at=row.last_seen_at,
            score=ranking.score(
                role=row.role, verified=row.verified_at is not None, last_seen_at=row.last_seen_at, now=now
            ),
        )
        before = best.get(row.customer_id)
        if before is None or candidate.score > before.score:
            best[row.customer_id] = candidate
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.customer_id)))


def _tags(customer_id: UUID, now: datetime) -> QuerySet[TagAssignment]:
    return TagAssignment.objects.filter(customer=customer_id).filter(Q(expires_at=None) | Q(expires_at__gt=now))


def _tag_view(row: TagAssignment) -> TagView:
    return TagView(
        key=row.tag.key,
        name_en=row.tag.name_en,
        name_zh=row.tag.name_zh,
        origin=row.origin,
        evidence=row.evidence,
        at=row.at,
        expires_at=row.expires_at,
    )


def _identifiers(customer_id: UUID, now: datetime) -> tuple[MaskedIdentifier, ...]:
    rows = (
        Identifier.objects.filter(customer=customer_id)
        .filter(Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_to=None) | Q(valid_to__gt=now))
        .order_by("kind", "id")[:_LISTED]
    )
    return tuple(
        MaskedIdentifier(
            id=row.pk,
            kind=row.kind,
            masked=masks.identifier(kind=row.kind, value=row.value),
            verified=row.verified_at is not None,
            source=row.source,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    )


def _holdings(customer_id: UUID) -> tuple[HoldingView, ...]:
    """What is held now first, then what was."""
    rows = Holding.objects.filter(customer=customer_id).select_related("offering").order_by("status", "-since", "-id")
    return tuple(
        HoldingView(
            code=row.offering.code,
            family=row.offering.family,
            name_en=row.offering.name_en,
            name_zh=row.offering.name_zh,
            fee_fen=row.offering.fee_fen,
            status=row.status,
            since=row.since,
            term_end=row.term_end,
            source=row.source,
        )
        for row in rows[:_LISTED]
    )


def _usage(customer_id: UUID) -> tuple[UsageView, ...]:
    rows = UsageMonth.objects.filter(customer=customer_id).order_by("-month")[:USAGE_MONTHS]
    return tuple(
        UsageView(
            month=row.month, voice_s=row.voice_s, data_kb=row.data_kb, messages=row.messages, bill_fen=row.bill_fen
        )
        for row in rows
    )


def _consents(customer_id: UUID) -> tuple[ConsentView, ...]:
    rows = Consent.objects.filter(customer=customer_id).order_by("purpose", "channel")[:_LISTED]
    return tuple(
        ConsentView(
            purpose=row.purpose, channel=row.channel, state=row.state, proof=row.proof, at=row.at, until=row.until
        )
        for row in rows
    )


def _ties(whom: Q, today: date) -> QuerySet[Relationship]:
    valid = Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gt=today)
    return Relationship.objects.filter(whom, *valid).select_related("a", "b").order_by("id")[:_KIN]


def _far_ends(ties: Iterable[Relationship], near: set[UUID]) -> list[tuple[Customer, str]]:
    """The other party of each tie, with its role; erased ones are gone."""
    ends = [(tie.b if tie.a_id in near else tie.a, tie.role) for tie in ties]
    return [(row, role) for row, role in ends if row.status != Customer.Status.ERASED and row.pk not in near]
