"""What may be said to this caller, what would suit, and in which words: read once, decided by the pure modules."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from customers.catalogue.models import Holding, Offering, UsageMonth
from customers.catalogue.tariffs import allowance
from customers.identity.models import Customer
from customers.identity.queries import USAGE_MONTHS, kin
from customers.insight.models import TagAssignment
from customers.insight.tags import VULNERABLE
from customers.offers import contact_policy, selection
from customers.offers.contact_policy import ConsentFact, PolicyFacts
from customers.offers.facts import Held, Matter, Product, Snapshot, Tagged
from customers.offers.models import Consent, DoNotCall, Offer, ScriptVersion
from customers.offers.rules import BY_KEY
from customers.offers.scripts import addressing, slots
from customers.results import CallContext, Policy, ScriptLine, ScriptView, Suggestion, UsageView
from customers.timeline.kinds import CALL, COMPLAINT, MATTERS, OPEN
from customers.timeline.models import Interaction

REFUSED_LATELY = timedelta(days=30)
_READ = 100  # rows of one kind: beyond these no rule looks
_ENDED = "ended"


def policy(*, customer_id: UUID | None, number_e164: str, now: datetime, call_id: UUID | None = None) -> Policy:
    """May we sell to this caller? Seven statements at most. `call_id` is the present call, which counts for no limit.

    Without a customer only the number is known: then nothing is sold.
    """
    do_not_call = _unwanted(customer_id, number_e164)
    customer = Customer.objects.filter(pk=customer_id).only("status", "birth_year").first() if customer_id else None
    if customer is None:
        return contact_policy.decide(facts=PolicyFacts(resolved=False, do_not_call=do_not_call), now=now)
    pitches, refusals = _offers_answered(customer.pk, call_id, now)
    facts = PolicyFacts(
        restricted=customer.status == Customer.Status.RESTRICTED,
        birth_year=customer.birth_year,
        consents=_consents(customer.pk),
        do_not_call=do_not_call,
        complaint_since=_complaint_since(customer.pk),
        vulnerable=_current_tags(customer.pk, now).filter(tag__key=VULNERABLE).exists(),
        contacts=_contacts(customer.pk, call_id, now),
        pitches=pitches,
        refusals=refusals,
    )
    return contact_policy.decide(facts=facts, now=now)


def suggestions(*, context: CallContext, policy: Policy, now: datetime) -> tuple[Suggestion, ...]:
    """Up to three cards in lanes notice → service → sales; none is a normal answer. Reading has no side effect."""
    if context.customer_id is None:
        return ()
    return selection.choose(snapshot=_snapshot(context, context.customer_id, now), policy=policy)


def shown(*, call_id: UUID, customer_id: UUID) -> tuple[Suggestion, ...]:
    """What was put on the screen in this call for this customer, and what became of it: for the wrap-up."""
    rows = Offer.objects.filter(call=call_id, customer=customer_id).select_related("offering").order_by("rank", "id")
    return tuple(
        Suggestion(
            action=row.action,
            lane=row.lane,
            rule=row.rule,
            offering_code=row.offering.code if row.offering else "",
            title_en=row.offering.name_en if row.offering else _title(row.rule, "en"),
            title_zh=row.offering.name_zh if row.offering else _title(row.rule, "zh"),
            why_en="",
            why_zh="",
            fee_fen=row.offering.fee_fen if row.offering else None,
            offer_id=row.pk,
            state=row.state,
        )
        for row in rows
    )


def script(*, context: CallContext, language: str, offering_code: str = "") -> ScriptView | None:
    """The published words for this call: of the offer, else of its reason, else the general ones; None if none.

    In the asked language, else in English, else in whatever there is: `ScriptView.language` says which.
    """
    wanted = Q(script__offering=None, script__intent__in=["", context.intent])
    if offering_code:
        wanted |= Q(script__offering__code=offering_code)
    versions = list(
        ScriptVersion.objects.filter(wanted, state=ScriptVersion.State.PUBLISHED).select_related("script__offering")
    )
    if not versions:
        return None
    version = min(versions, key=lambda one: (_distance(one), _foreignness(one.language, language), one.script.key))
    values = _slot_values(context, version)
    return ScriptView(
        key=version.script.key,
        number=version.number,
        language=version.language,
        cue=slots.fill(version.cue, values=values, language=version.language),
        lines=tuple(
            ScriptLine(
                stage=line["stage"],
                text=slots.fill(line["text"], values=values, language=version.language),
                mandatory=line["mandatory"],
            )
            for line in version.lines
        ),
    )


# --- for the policy -------------------------------------------------------------------------------------------------
def _unwanted(customer_id: UUID | None, number: str) -> bool:
    """Whether the person or the number asked to be left in peace, whoever of the people using it did."""
    wishes = Q(customer=customer_id) if customer_id else Q(pk__in=[])
    if number:
        wishes |= Q(number=number)
    return DoNotCall.objects.filter(wishes).exists()


def _consents(customer_id: UUID) -> tuple[ConsentFact, ...]:
    rows = Consent.objects.filter(customer=customer_id).values_list("purpose", "channel", "state", "until")
    return tuple(
        ConsentFact(purpose=purpose, channel=channel, state=state, until=until)
        for purpose, channel, state, until in rows
    )


def _complaint_since(customer_id: UUID) -> datetime | None:
    rows = Interaction.objects.filter(customer=customer_id, kind=COMPLAINT, outcome=OPEN)
    return rows.order_by("-at").values_list("at", flat=True).first()


def _contacts(customer_id: UUID, call_id: UUID | None, now: datetime) -> tuple[datetime, ...]:
    """Earlier incoming calls of the last days, newest first, read off the index of that kind."""
    since = now - contact_policy.CONTACT_WINDOW
    rows = Interaction.objects.filter(customer=customer_id, kind=CALL, at__gt=since, at__lte=now)
    newest = rows.order_by("-at", "-id").values_list("at", "direction", "ref")[:_READ]
    return tuple(at for at, direction, ref in newest if direction == "in" and (ref is None or ref != call_id))


def _offers_answered(
    customer_id: UUID, call_id: UUID | None, now: datetime
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """When something was offered in other calls (once per call), and when selling offers were refused; newest first."""
    rows = (
        Offer.objects.filter(customer=customer_id, lane="sales", shown_at__gt=now - contact_policy.REFUSALS_READ)
        .exclude(state=Offer.State.SHOWN)
        .order_by("-shown_at")
        .values_list("call", "state", "decided_at")[:_READ]
    )
    pitches: dict[UUID, datetime] = {}
    refusals = []
    for call, state, decided_at in rows:
        if call != call_id:
            pitches.setdefault(call, decided_at or now)
        if state == Offer.State.DECLINED and decided_at is not None:
            refusals.append(decided_at)
    return tuple(pitches.values()), tuple(refusals)


# --- for the rules --------------------------------------------------------------------------------------------------
def _snapshot(context: CallContext, customer_id: UUID, now: datetime) -> Snapshot:
    today = timezone.localdate(now)
    others = [party.customer_id for party in kin(customer_id=customer_id, today=today)]
    held, families = _held(customer_id, others)
    refused, decided, refused_in_call = _answers(context, customer_id, now)
    return Snapshot(
        today=today,
        intent=context.intent,
        held=held,
        usage=_usage(customer_id),
        tags=_tagged(customer_id, now),
        matters=_matters(customer_id),
        in_household=bool(others),
        household_families=families,
        on_sale=tuple(_product(row) for row in Offering.objects.filter(_sold_on(today)).order_by("code")),
        refused_lately=refused,
        decided_in_call=decided,
        refused_in_call=refused_in_call,
    )


def _held(customer_id: UUID, others: list[UUID]) -> tuple[tuple[Held, ...], frozenset[str]]:
    """What the customer holds, and which families of products others of the household hold."""
    rows = Holding.objects.filter(customer__in=[customer_id, *others]).exclude(status=_ENDED)
    own, families = [], set()
    for row in rows.select_related("offering").order_by("id")[:_READ]:
        if row.customer_id == customer_id:
            own.append(Held(product=_product(row.offering), since=row.since, term_end=row.term_end))
        else:
            families.add(row.offering.family)
    return tuple(own), frozenset(families)


def _usage(customer_id: UUID) -> tuple[UsageView, ...]:
    rows = UsageMonth.objects.filter(customer=customer_id).order_by("-month")
    columns = ("month", "voice_s", "data_kb", "messages", "bill_fen")
    return tuple(UsageView(**row) for row in rows.values(*columns)[:USAGE_MONTHS])


def _tagged(customer_id: UUID, now: datetime) -> tuple[Tagged, ...]:
    rows = _current_tags(customer_id, now).select_related("tag").order_by("-at", "tag__key")[:_READ]
    return tuple(Tagged(key=row.tag.key, name_en=row.tag.name_en, name_zh=row.tag.name_zh, at=row.at) for row in rows)


def _matters(customer_id: UUID) -> tuple[Matter, ...]:
    rows = Interaction.objects.filter(customer=customer_id, kind__in=MATTERS, outcome=OPEN).order_by("-at")
    return tuple(
        Matter(kind=kind, code=code, since=timezone.localdate(at))
        for kind, code, at in rows.values_list("kind", "code", "at")[:_READ]
    )


def _answers(
    context: CallContext, customer_id: UUID, now: datetime
) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]], bool]:
    """What was refused lately in other calls, what was answered in this one, and whether selling was refused in it."""
    rows = (
        Offer.objects.filter(customer=customer_id, shown_at__gt=now - REFUSED_LATELY - timedelta(days=1))
        .exclude(state=Offer.State.SHOWN)
        .order_by("-shown_at")
        .values_list("call", "rule", "offering__code", "state", "lane", "decided_at")[:_READ]
    )
    refused, decided, refused_in_call = set(), set(), False
    for call, rule, code, state, lane, decided_at in rows:
        declined = state == Offer.State.DECLINED
        if call == context.call_id:
            decided.add((rule, code or ""))
            refused_in_call = refused_in_call or (declined and lane == "sales")
        elif declined and decided_at is not None and decided_at > now - REFUSED_LATELY:
            refused.add((rule, code or ""))
    return frozenset(refused), frozenset(decided), refused_in_call


def _current_tags(customer_id: UUID, now: datetime) -> QuerySet[TagAssignment]:
    return TagAssignment.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), customer=customer_id)


def _sold_on(today: date) -> Q:
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))


def _product(row: Offering) -> Product:
    return Product(
        code=row.code,
        family=row.family,
        kind=row.kind,
        name_en=row.name_en,
        name_zh=row.name_zh,
        fee_fen=row.fee_fen,
        allowance=allowance(row.tariff),
        tags=frozenset(row.tags),
        suits=frozenset(row.suits),
        not_for=frozenset(row.not_for),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


# --- for the script -------------------------------------------------------------------------------------------------
def _distance(version: ScriptVersion) -> int:
    """The offer's words before those of the reason, those before the general ones."""
    if version.script.offering is not None:
        return 0
    return 1 if version.script.intent else 2


def _foreignness(language: str, wanted: str) -> int:
    spoken, asked = (tag.lower().split("-")[0] for tag in (language, wanted))
    return 0 if spoken == asked else 1 if spoken == "en" else 2


def _slot_values(context: CallContext, version: ScriptVersion) -> dict[str, str]:
    zh = version.language.lower().startswith("zh")
    offering = version.script.offering
    name = title = ""
    if context.customer_id is not None:
        name, title = Customer.objects.filter(pk=context.customer_id).values_list("name", "title").first() or ("", "")
    return {
        "agent": context.agent_name,
        "customer_title": addressing.address(name=name, title=title, language=version.language),
        "queue": context.queue,
        "offer": "" if offering is None else offering.name_zh if zh else offering.name_en,
    }


def _title(rule: str, language: str) -> str:
    known = BY_KEY.get(rule)
    return known.title.to(language) if known else rule
