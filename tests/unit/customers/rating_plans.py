"""Random plans and months for the properties: every term the format knows, in small numbers that meet their edges."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import strategies as st

from customers.catalogue.usage import SumKey

ROUNDED = ("event:60", "event:6")
USES = (("voice", "national"), ("voice", "abroad"), ("messages", "national"), ("data", "national"), ("data", "local"))


def prices() -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({"num": st.integers(0, 40), "den": st.sampled_from((1, 2, 3, 10, 100))})


@st.composite
def overages(draw: st.DrawFn, service: str, scopes: list[str], volume: bool) -> dict[str, Any]:
    block = draw(st.sampled_from({"voice": (1, 6, 60), "messages": (1,), "data": (1, 10, 1024)}[service]))
    over: dict[str, Any] = {"service": service, "scope": scopes, "block": block}
    bounds = sorted(draw(st.sets(st.integers(1, 20), max_size=2)))
    if bounds:
        edges = [0, *(bound * block for bound in bounds), None]
        steps = [{"from": a, "to": b, "price": draw(prices())} for a, b in pairwise(edges)]
        modes = ("GRADUATED", "VOLUME") if volume else ("GRADUATED",)
        over["tiers"] = {"mode": draw(st.sampled_from(modes)), "steps": steps}
    else:
        over["price"] = draw(prices())
    if draw(st.booleans()):
        over["cap"] = draw(st.integers(0, 300))
    return over


@st.composite
def plans(draw: st.DrawFn, *, volume: bool = True) -> dict[str, Any]:
    """Tariff JSON that `parse_tariff` takes."""
    joined = draw(st.booleans())  # whether local and national data share one price
    scopes = [("voice", ["national"]), ("voice", ["abroad"]), ("messages", ["national"])]
    scopes += [("data", ["national", "local"])] if joined else [("data", ["national"]), ("data", ["local"])]
    plan: dict[str, Any] = {
        "code": f"plan-{draw(st.integers(0, 10**9))}",
        "fee": draw(st.integers(0, 500)),
        "round": {
            "voice": {"per": draw(st.sampled_from(("EVENT", "MONTH"))), "block": draw(st.sampled_from((1, 6, 60)))},
            "data": {"per": "MONTH", "block": draw(st.sampled_from((1, 10, 1024)))},
        },
        "buckets": draw(buckets()),
        "overage": [draw(overages(service, names, volume)) for service, names in scopes],
        "discounts": draw(discounts()),
    }
    names = {bucket["id"]: bucket for bucket in plan["buckets"]}
    if "national" in names:
        if draw(st.booleans()):
            cap = {"amount": draw(st.integers(1, 3000)), "unit": "KB"}
            plan["carry"] = [{"bucket": "national", "cap": cap, "months": 1, "used_first": draw(st.booleans())}]
        if draw(st.booleans()):
            plan["convert"] = draw(conversions())
    return plan


@st.composite
def buckets(draw: st.DrawFn) -> list[dict[str, Any]]:
    choices = [
        {"id": "calls", "service": "voice", "scope": ["national"], "amount": draw(st.integers(0, 20)), "unit": "minute"},
        {"id": "all-calls", "service": "voice", "scope": ["abroad", "national"], "amount": draw(st.integers(0, 400))},
        {"id": "local", "service": "data", "scope": ["local"], "amount": draw(st.sampled_from(("0.7", "1.3", 2))), "unit": "MB"},
        {"id": "national", "service": "data", "scope": ["national", "local"], "amount": draw(st.integers(0, 6000))},
        {"id": "gift", "service": "data", "scope": ["local", "national"], "amount": draw(st.integers(0, 900))},
    ]  # fmt: skip
    picked = draw(st.lists(st.sampled_from(choices), unique_by=lambda bucket: str(bucket["id"]), max_size=5))
    return [bucket | {"order": place} for place, bucket in enumerate(picked)]


@st.composite
def conversions(draw: st.DrawFn) -> dict[str, Any]:
    order = draw(st.permutations(["voice", "messages"]))[: draw(st.integers(1, 2))]
    units = {"voice": ("second", 60), "messages": ("message", 1)}
    rates, caps = {}, {}
    for service in order:
        unit, get = units[service]
        rates[service] = {
            "give": {"amount": draw(st.sampled_from((100, 1024))), "unit": "KB"},
            "get": {"amount": get, "unit": unit},
        }
        caps[service] = {"amount": get * draw(st.integers(1, 9)), "unit": unit}
    return {"from": "national", "order": order, "rates": rates, "caps": caps}


@st.composite
def discounts(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for order in range(draw(st.integers(0, 3))):
        off = draw(st.one_of(
            st.fixed_dictionaries({"percent": st.integers(1, 100)}), st.fixed_dictionaries({"fen": st.integers(1, 400)})
        ))  # fmt: skip
        found.append({"on": draw(st.sampled_from(("fee", "total"))), "order": order} | off)
    return found


def months() -> st.SearchStrategy[dict[SumKey, int]]:
    return st.integers(0, 2**32).map(lambda seed: month(Random(seed)))


def month(random: Random) -> dict[SumKey, int]:
    """Sums of one month, in every rounding the plans above need."""
    sums: dict[SumKey, int] = {}
    for service, scope in USES:
        top = {"voice": 2500, "messages": 40, "data": 9000}[service]
        raw = random.choice((0, 60, 1024, 1200, *[random.randint(0, top) for _ in range(6)]))
        sums[SumKey(service, scope, "raw")] = raw
        if service == "voice":
            for rounding in ROUNDED:
                block = int(rounding.split(":")[1])
                # Calls rounded one by one come to whole blocks, and to no less than the calls.
                sums[SumKey(service, scope, rounding)] = (-(-raw // block) + random.randint(0, 3)) * block
    return sums
