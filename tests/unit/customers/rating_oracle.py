"""A second opinion: bills from the raw tariff JSON in exact fractions, written apart from the engine, unit by unit slow.

It knows nothing of the compiled form; where the two differ, one of them is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import permutations
from typing import Any

from customers.catalogue.usage import SumKey

SIZES = {"second": 1, "minute": 60, "message": 1, "KB": 1, "MB": 1024, "GB": 1024**2}
BASE = {"voice": "second", "messages": "message", "data": "KB"}
Uses = dict[tuple[str, str], int]


def total(raw: Mapping[str, Any], usage: Mapping[SumKey, int], carried: Mapping[str, int]) -> int:
    """Fen of a full month on the plan `raw`; `usage` by (service, scope, rounding)."""
    convert = raw.get("convert")
    turns = permutations(["own", *convert["order"]]) if convert else [("own",)]
    return max(_total(raw, usage, carried, turn) for turn in turns)


def _total(raw: Mapping[str, Any], usage: Any, carried: Mapping[str, int], turn: tuple[str, ...]) -> int:
    need = _rounded(raw, usage)
    held = {
        b["id"]: math.ceil(Fraction(b["amount"]) * SIZES[b.get("unit", BASE[b["service"]])]) for b in raw["buckets"]
    }
    convert = raw.get("convert")
    source = next((b["service"] for b in raw["buckets"] if convert and b["id"] == convert["from"]), None)
    _own(raw, need, held, carried, lambda service: service != source)
    for who in turn:
        if who == "own":
            _own(raw, need, held, carried, lambda service: service == source)
        elif convert:
            _convert(convert, who, need, held)
    fen = sum(_charge(over, need) for over in raw.get("overage", ()))
    return _discounted(raw, raw["fee"] + fen)


def _rounded(raw: Mapping[str, Any], usage: Any) -> Uses:
    need: Uses = {}
    for bucket_or_over in [*raw["buckets"], *raw.get("overage", ())]:
        service = bucket_or_over["service"]
        rule = raw.get("round", {}).get(service, {"per": "MONTH", "block": 1})
        for scope in bucket_or_over["scope"]:
            if rule["per"] == "EVENT" and rule["block"] > 1:
                need[service, scope] = usage.get(SumKey(service, scope, f"event:{rule['block']}"), 0)
            else:
                need[service, scope] = math.ceil(
                    Fraction(usage.get(SumKey(service, scope, "raw"), 0), rule["block"])
                ) * rule["block"]  # fmt: skip
    return need


def _own(raw: Mapping[str, Any], need: Uses, held: dict[str, int], carried: Mapping[str, int], wanted: Any) -> None:
    rules = {carry["bucket"]: carry for carry in raw.get("carry", ())}
    for bucket in sorted(raw["buckets"], key=lambda b: b["order"]):
        if not wanted(bucket["service"]):
            continue
        pots, old = ["own"], {"old": 0}
        if bucket["id"] in rules:
            rule = rules[bucket["id"]]
            cap = rule["cap"]["amount"] * SIZES[rule["cap"]["unit"]]
            old = {"old": min(cap, carried.get(bucket["id"], 0))}
            pots = ["old", "own"] if rule["used_first"] else ["own", "old"]
        for pot in pots:
            for scope in bucket["scope"]:
                have = held[bucket["id"]] if pot == "own" else old["old"]
                taken = min(have, need[bucket["service"], scope])
                need[bucket["service"], scope] -= taken
                if pot == "own":
                    held[bucket["id"]] -= taken
                else:
                    old["old"] -= taken


def _convert(convert: Mapping[str, Any], service: str, need: Uses, held: dict[str, int]) -> None:
    rate, cap = convert["rates"][service], convert["caps"][service]
    give, get = (rate[key]["amount"] * SIZES[rate[key]["unit"]] for key in ("give", "get"))
    served = 0
    for scope in rate.get("scope", ["national"]):
        # Lot by lot, as a switch would.
        while need.get((service, scope), 0) > 0:
            if served == 0:
                if (
                    cap["amount"] * SIZES[cap["unit"]] < rate.setdefault("_made", 0) + get
                    or held[convert["from"]] < give
                ):
                    break
                held[convert["from"]] -= give
                rate["_made"] += get
                served = get
            taken = min(served, need[service, scope])
            need[service, scope] -= taken
            served -= taken
    rate.pop("_made", None)


def _charge(over: Mapping[str, Any], need: Uses) -> int:
    block = over.get("block", 1)
    blocks = math.ceil(Fraction(sum(need[over["service"], scope] for scope in over["scope"]), block))
    tiers = over.get("tiers") or {"mode": "GRADUATED", "steps": [{"from": 0, "to": None, "price": over["price"]}]}
    fen = 0
    for step in tiers["steps"]:
        first, last = step["from"] // block, math.inf if step["to"] is None else step["to"] // block
        price = Fraction(step["price"]["num"], step["price"].get("den", 1))
        if tiers["mode"] == "VOLUME":
            if first < blocks <= last:
                fen = _half_up(blocks * price)
        elif blocks > first:
            fen += _half_up((min(blocks, last) - first) * price)
    return fen if over.get("cap") is None else min(fen, over["cap"])


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _discounted(raw: Mapping[str, Any], fen: int) -> int:
    fee = raw["fee"]
    for discount in sorted(raw.get("discounts", ()), key=lambda d: d["order"]):
        base = min(fee, fen) if discount["on"] == "fee" else fen
        off = (
            _half_up(Fraction(base * discount["percent"], 100))
            if discount.get("percent")
            else min(base, discount["fen"])
        )
        fen -= off
        if discount["on"] == "fee":
            fee -= off
        fee = min(fee, fen)
    return fen
