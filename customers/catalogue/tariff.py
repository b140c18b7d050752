"""Reads a tariff from its JSON, strictly: a plan that cannot be right is refused with path and reason.

The format is told in docs/tariff-format.md; what the words mean stands in `terms`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from customers.catalogue.reading import Node, TariffRefused
from customers.catalogue.terms import (
    BASE_UNIT,
    SERVICES,
    UNITS,
    Bucket,
    Carry,
    Contract,
    Conversion,
    ConvertTo,
    Discount,
    Mode,
    Overage,
    PenaltyRule,
    Per,
    Rounding,
    Source,
    Tariff,
    Tier,
)

__all__ = ["Tariff", "TariffRefused", "check_versions", "parse_tariff"]

NATIONAL = "national"
BEGINNING = date(1900, 1, 1)


def parse_tariff(raw: object, *, code: str | None = None, names: Mapping[str, str] | None = None) -> Tariff:
    """The tariff that `raw` (decoded JSON) states. `code` and `names` (en, zh) stand in where it names neither.

    Raises TariffRefused: unknown or missing field, fraction of a fen, negative price, gap or overlap of tiers,
    two prices for one use, an allowance past which nothing is said.
    """
    top = Node(raw, "")
    top.whole("format", 1, least=1, most=1)
    names_read = {key: top.node("name").text(key) for key in top.node("name")}
    buckets = tuple(_bucket(node) for node in top.nodes("buckets"))
    tariff = Tariff(
        code=top.text("code", code),
        version=top.whole("version", 1, least=1),
        names=names_read or dict(names or {}) or {"en": top.text("code", code)},
        currency=top.text("currency", "CNY"),
        **_validity(top),
        fee=top.whole("fee"),
        fee_prorated=_proration(top.node("proration")),
        one_off=top.whole("one_off", 0),
        rounding=_roundings(top.node("round")),
        buckets=tuple(sorted(buckets, key=lambda bucket: (SERVICES.index(bucket.service), bucket.order))),
        overage=tuple(_overage(node) for node in top.nodes("overage")),
        throttled=_throttled(top),
        carry=tuple(_carry(node, buckets) for node in top.nodes("carry")),
        convert=_conversion(top.node("convert"), buckets) if top.has("convert") else None,
        discounts=_discounts(top),
        contract=_contract(top.node("contract")),
        source=_source(top.node("source")) if top.has("source") else None,
        eligibility=dict(top.node("eligibility").raw),
        rights=frozenset(top.texts("rights", [])),
        quality={key: top.node("quality").whole(key) for key in top.node("quality")},
        sha256=hashlib.sha256(json.dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest(),
    )
    top.done()
    _check_buckets(tariff)
    _check_prices(tariff)
    _check_throttle(tariff)
    return tariff


def check_versions(versions: Sequence[Tariff]) -> None:
    """Refuses versions of one plan whose validity overlaps or leaves a gap; `versions` in any order."""
    ordered = sorted(versions, key=lambda tariff: tariff.valid_from)
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or earlier.valid_to > later.valid_from:
            raise TariffRefused(
                "valid_for",
                "versions {earlier} and {later} of {code} both count on {valid_from}.",
                earlier=earlier.version,
                later=later.version,
                code=later.code,
                valid_from=later.valid_from,
            )
        if earlier.valid_to < later.valid_from:
            raise TariffRefused(
                "valid_for",
                "no version of {code} counts from {valid_to} to {valid_from}.",
                code=later.code,
                valid_to=earlier.valid_to,
                valid_from=later.valid_from,
            )


def _validity(top: Node) -> dict[str, Any]:
    node = top.node("valid_for")
    start = node.day("from", BEGINNING)
    end = node.day("to", None)
    node.done()
    if end is not None and start is not None and end <= start:
        node.refuse("to", "{end} is not after {start}; the plan would never count.", end=end, start=start)
    return {"valid_from": start, "valid_to": end}


def _proration(node: Node) -> bool:
    per = node.one_of("per", ("DAY", "NONE"), "DAY")
    node.one_of("rounding", ("half_up",), "half_up")
    node.done()
    return per == "DAY"


def _roundings(node: Node) -> dict[str, Rounding]:
    found = {service: Rounding(per=Per.EVENT if service == "messages" else Per.MONTH, block=1) for service in SERVICES}
    for service in node:
        if service not in SERVICES:
            node.refuse(service, "the services are {listed}.", listed=", ".join(SERVICES))
        inner = node.node(service)
        found[service] = Rounding(per=inner.choice("per", Per), block=inner.whole("block", least=1))
        inner.done()
    return found


def _amount(node: Node, service: str) -> tuple[Any, str]:
    unit = node.one_of("unit", tuple(UNITS), BASE_UNIT[service])
    if UNITS[unit][0] != service:
        own = ", ".join(name for name, (of, _size) in UNITS.items() if of == service)
        node.refuse("unit", "{unit} does not measure {service}; use {own}.", unit=unit, service=service, own=own)
    return node.number("amount"), unit


def _base_units(node: Node, service: str, path: str) -> int:
    amount, unit = _amount(node, service)
    node.done()
    units = amount * UNITS[unit][1]
    if units.denominator != 1 or units < 1:
        raise TariffRefused(
            path,
            "{amount} {unit} is not a whole number of {base}s above nothing.",
            amount=amount,
            unit=unit,
            base=BASE_UNIT[service],
        )
    return int(units)


def _bucket(node: Node) -> Bucket:
    service = node.one_of("service", SERVICES)
    scopes = node.texts("scope", NATIONAL)
    amount, unit = _amount(node, service)
    share_group = node.text("share_group", "")
    bucket = Bucket(
        id=node.text("id", f"{service}-{'-'.join(scopes)}"),
        service=service,
        scopes=scopes,
        amount=amount,
        unit=unit,
        order=node.whole("order", 1),
        share_group=share_group or None,
        prorated=node.one_of("prorate", ("ceil", "none"), "ceil") == "ceil",
    )
    node.done()
    return bucket


def _overage(node: Node) -> Overage:
    service = node.one_of("service", SERVICES)
    block = node.whole("block", 1, least=1)
    priced, tiered = node.has("price"), node.has("tiers")
    if priced and tiered:
        node.refuse("tiers", "give either one price or tiers, not both.")
    mode = Mode.GRADUATED
    if tiered:
        tiers_node = node.node("tiers")
        mode = tiers_node.choice("mode", Mode)
        tiers = tuple(_tier(step) for step in tiers_node.nodes("steps"))
        tiers_node.done()
        _check_tiers(tiers, block, tiers_node.at("steps"))
    else:
        num, den = _price(node.node("price"))
        tiers = (Tier(start=0, end=None, num=num, den=den),)
    cap = node.whole("cap") if node.has("cap") else None
    scopes = node.texts("scope", NATIONAL)
    node.done()
    return Overage(service=service, scopes=scopes, block=block, mode=mode, tiers=tiers, cap=cap)


def _price(node: Node) -> tuple[int, int]:
    num, den = node.whole("num"), node.whole("den", 1, least=1)
    node.done()
    return num, den


def _tier(node: Node) -> Tier:
    num, den = _price(node.node("price"))
    end = node.whole("to", least=1) if node.has("to") else None
    tier = Tier(start=node.whole("from"), end=end, num=num, den=den)
    node.done()
    return tier


def _check_tiers(tiers: tuple[Tier, ...], block: int, path: str) -> None:
    """Every unit past the allowance has one price: the tiers run from 0 without gap or overlap to no end."""
    expected: int | None = 0
    for index, tier in enumerate(tiers):
        here = f"{path}[{index}]"
        if expected is None or tier.start < expected:
            raise TariffRefused(
                here, "it overlaps the tier before: units from {start} on would have two prices.", start=tier.start
            )
        if tier.start > expected:
            raise TariffRefused(
                here, "a gap: units from {expected} to {start} have no price.", expected=expected, start=tier.start
            )
        if tier.end is not None and tier.end <= tier.start:
            raise TariffRefused(here, "it ends at {end}, before it begins at {start}.", end=tier.end, start=tier.start)
        if tier.start % block or (tier.end or 0) % block:
            raise TariffRefused(here, "its bounds must be whole blocks of {block}.", block=block)
        expected = tier.end
    if expected is not None:
        raise TariffRefused(
            path, "units from {expected} on have no price; the last tier has no end.", expected=expected
        )


def _throttled(top: Node) -> frozenset[str]:
    """`after_cap`: one word for data, or a word for each service."""
    words = ("THROTTLE", "CHARGE")
    if isinstance(top.value("after_cap", "CHARGE"), str):
        return frozenset({"data"} if top.one_of("after_cap", words, "CHARGE") == "THROTTLE" else ())
    node = top.node("after_cap")
    found = frozenset(service for service in SERVICES if node.one_of(service, words, "CHARGE") == "THROTTLE")
    node.done()
    return found


def _carry(node: Node, buckets: tuple[Bucket, ...]) -> Carry:
    bucket = _named(node, "bucket", buckets)
    carry = Carry(
        bucket=bucket.id,
        months=node.whole("months", 1, least=1, most=24),
        used_first=node.flag("used_first", True),
        cap=_base_units(node.node("cap"), bucket.service, node.at("cap")),
    )
    node.done()
    return carry


def _named(node: Node, key: str, buckets: tuple[Bucket, ...]) -> Bucket:
    wanted = node.text(key)
    found = next((bucket for bucket in buckets if bucket.id == wanted), None)
    if found is None:
        known = ", ".join(bucket.id for bucket in buckets) or "none"
        node.refuse(key, 'no bucket is called "{wanted}"; there are {known}.', wanted=wanted, known=known)
    return found


def _conversion(node: Node, buckets: tuple[Bucket, ...]) -> Conversion:
    source = _named(node, "from", buckets)
    rates, caps = node.node("rates"), node.node("caps")
    order = node.texts("order")
    if set(order) != set(rates) or set(order) != set(caps):
        node.refuse("order", "order, rates and caps must name the same services.")
    targets = []
    for service in order:
        if service not in SERVICES or service == source.service:
            node.refuse("order", "{service} cannot be made from {source}.", service=service, source=source.service)
        rate = rates.node(service)
        scopes = rate.texts("scope", NATIONAL)
        give = _base_units(rate.node("give"), source.service, rate.at("give"))
        get = _base_units(rate.node("get"), service, rate.at("get"))
        rate.done()
        cap = _base_units(caps.node(service), service, caps.at(service))
        if cap % get:
            raise TariffRefused(caps.at(service), "the cap must be a whole number of converted lots.")
        targets.append(ConvertTo(service=service, scopes=scopes, give=give, get=get, cap=cap))
    node.done()
    return Conversion(source=source.id, targets=tuple(targets))


def _discounts(top: Node) -> tuple[Discount, ...]:
    found = []
    for node in top.nodes("discounts"):
        by_percent, by_fen = node.has("percent"), node.has("fen")
        if by_percent == by_fen:
            node.refuse("percent", "give either percent or fen.")
        until = node.text("until", "")
        if until and not _is_month(until):
            node.refuse("until", 'a month like "2018-11" is needed, not {found}.', found=repr(until))
        found.append(
            Discount(
                on=node.one_of("on", ("fee", "total"), "total"),
                percent=node.whole("percent", least=1, most=100) if by_percent else None,
                fen=node.whole("fen", least=1) if by_fen else None,
                until=until or None,
                order=node.whole("order", 1),
            )
        )
        node.done()
    if len({discount.order for discount in found}) < len(found):
        top.refuse("discounts", "two discounts have one order; the bill would depend on chance.")
    return tuple(sorted(found, key=lambda discount: discount.order))


def _is_month(text: str) -> bool:
    return len(text) == 7 and text[4] == "-" and text[:4].isdigit() and text[5:] in {f"{n:02}" for n in range(1, 13)}


def _contract(node: Node) -> Contract:
    penalty = node.node("penalty")
    rule = penalty.choice("rule", PenaltyRule, PenaltyRule.NONE)
    by_sum = rule in (PenaltyRule.FIXED, PenaltyRule.PER_MONTH_LEFT)
    contract = Contract(
        months=node.whole("months", 0, most=120),
        rule=rule,
        fen=penalty.whole("fen") if by_sum else 0,
        percent=penalty.whole("percent", most=100) if rule is PenaltyRule.PERCENT_OF_FEES_LEFT else 0,
    )
    penalty.done()
    node.done()
    if rule is not PenaltyRule.NONE and contract.months == 0:
        node.refuse("penalty", "a penalty needs a contract of some months.")
    return contract


def _source(node: Node) -> Source:
    seen_on = node.day("seen_on", None)
    if seen_on is None:
        node.refuse("seen_on", "the day on which the terms were read is missing.")
    source = Source(
        operator=node.text("operator"), where=node.text("where"), seen_on=seen_on, rival=node.flag("rival", False)
    )
    node.done()
    return source


def _check_buckets(tariff: Tariff) -> None:
    ids = [bucket.id for bucket in tariff.buckets]
    if len(set(ids)) < len(ids):
        raise TariffRefused("buckets", "two buckets have one id; give each an `id`.")
    places = [(bucket.service, bucket.order) for bucket in tariff.buckets]
    if len(set(places)) < len(places):
        raise TariffRefused("buckets", "two buckets of one service have one order; which is drawn first?")
    carried = [carry.bucket for carry in tariff.carry]
    if len(set(carried)) < len(carried):
        raise TariffRefused("carry", "a bucket is carried over twice.")
    shared = {bucket.id for bucket in tariff.buckets if bucket.share_group}
    if shared & set(carried):
        raise TariffRefused("carry", "a shared bucket cannot be carried over: whose rest would it be?")
    if tariff.convert and tariff.convert.source in shared:
        raise TariffRefused(
            "convert", "a shared bucket cannot be converted: the months' sums do not say by whom first."
        )


def _check_prices(tariff: Tariff) -> None:
    """One price for each use, and one for every use that an allowance can run out of."""
    seen: set[tuple[str, str]] = set()
    for over in tariff.overage:
        for scope in over.scopes:
            if (over.service, scope) in seen:
                raise TariffRefused("overage", "{service} ({scope}) has two prices.", service=over.service, scope=scope)
            seen.add((over.service, scope))
    uses = {(bucket.service, scope) for bucket in tariff.buckets for scope in bucket.scopes}
    if tariff.convert:
        uses |= {(target.service, scope) for target in tariff.convert.targets for scope in target.scopes}
    for service, scope in sorted(uses - seen):
        if service not in tariff.throttled:
            raise TariffRefused(
                "overage",
                "{service} ({scope}) past its allowance has no price; add one, or after_cap THROTTLE.",
                service=service,
                scope=scope,
            )


def _check_throttle(tariff: Tariff) -> None:
    for over in tariff.overage:
        if (
            over.service in tariff.throttled
            and over.cap is not None
            and over.mode is Mode.VOLUME
            and len(over.tiers) > 1
        ):
            raise TariffRefused("overage", "with VOLUME tiers nobody can say from which unit on it is throttled.")
    for service in tariff.throttled:
        priced = {(over.service, scope): over for over in tariff.overage for scope in over.scopes}
        uses = {(b.service, scope) for b in tariff.buckets if b.service == service for scope in b.scopes}
        uses |= {key for key in priced if key[0] == service}
        if all(key in priced and priced[key].cap is None for key in uses):
            raise TariffRefused(
                "after_cap",
                "{service} is charged without end, so it never comes to THROTTLE; add a cap or say CHARGE.",
                service=service,
            )
