"""Operators' plan sheets turned into tariffs: the sheet's facts in, tariff JSON out. No plan has code of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from customers.catalogue.reading import Node, TariffRefused

SHEETS = Path(__file__).resolve().parent / "plans"
GB = 1024 * 1024
ROUNDINGS = {"ceil_minute": {"per": "EVENT", "block": 60}, "ceil_second": {"per": "EVENT", "block": 1}}


def shipped_plans() -> list[dict[str, Any]]:
    """Tariff JSON of the sheets that come with the product."""
    return [plan for path in sorted(SHEETS.glob("*.json")) for plan in operator_sheet(path.read_text(encoding="utf-8"))]


def operator_sheet(text: str, *, rival: bool = False) -> list[dict[str, Any]]:
    """The plans of a sheet: {"source", "operator", "currency", "common", "plans"}, money in yuan, data in GB.

    Raises TariffRefused for a field whose meaning is not known.
    """
    # Prices stay text: 0.15 yuan has no binary form.
    sheet = Node(json.loads(text, parse_float=str), "")
    source = {"operator": sheet.text("operator"), "where": sheet.text("source"), "rival": rival}
    source["seen_on"] = sheet.text("seen_on", _last_month(sheet.text("source")))
    common = _common(sheet.node("common"))
    currency = sheet.text("currency", "CNY")
    plans = [_plan(node, common) | {"currency": currency, "source": source} for node in sheet.nodes("plans")]
    sheet.done()
    return plans


def _last_month(source: str) -> str:
    """The last "2018-05" a source names, as its first day."""
    months = [word for word in source.replace("..", " ").split() if len(word) == 7 and word[4:5] == "-"]
    if not months:
        raise TariffRefused("source", "it names no month; give `seen_on`.")
    return f"{months[-1]}-01"


def _common(node: Node) -> dict[str, Any]:
    rounding = node.one_of("voice_rounding", tuple(ROUNDINGS))
    node.one_of("incoming", ("free",), "free")
    first = node.text("first_month", "")
    if first and not ("prorated by day" in first and "half-up" in first and "rounded up" in first):
        node.refuse("first_month", "only proration by day is known, fee half-up and allowances up.")
    overage = [
        {"service": "voice", "block": 60, "price": _fen(node, "voice_overage_per_min")},
        {"service": "messages", "block": 1, "price": _fen(node, "sms_overage_each")},
    ]
    node.done()
    per = "DAY" if first else "NONE"
    return {"round": {"voice": ROUNDINGS[rounding]}, "overage": overage, "proration": {"per": per}}


def _fen(node: Node, key: str) -> dict[str, int]:
    price = Fraction(str(node.value(key))) * 100
    return {"num": price.numerator, "den": price.denominator}


def _plan(node: Node, common: Mapping[str, Any]) -> dict[str, Any]:
    name = node.text("name")
    plan: dict[str, Any] = {"code": name, "name": {"zh": name}, **common}
    fee = _fen(node, "fee")
    if fee["den"] != 1:
        node.refuse("fee", "a fee is whole fen.")
    plan["fee"] = fee["num"]
    plan["buckets"] = _buckets(node)
    plan["overage"] = list(common["overage"])
    if node.has("data_overage_per_kb"):
        scopes = sorted({scope for b in plan["buckets"] if b["service"] == "data" for scope in b["scope"]})
        price = _fen(node, "data_overage_per_kb")
        plan["overage"].append({"service": "data", "scope": scopes, "block": 1, "price": price})
    if node.text("after_cap", "").startswith("throttle"):
        plan["after_cap"] = {"data": "THROTTLE"}
    if node.has("convert"):
        plan["convert"] = _convert(node.node("convert"))
    plan["carry"] = _carry(node)
    node.done()
    return plan


def _buckets(node: Node) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    local = node.text("local", "")
    if node.has("data_gb_local"):
        if not local:
            node.refuse("local", "local data of which place?")
        found.append(_data("data-local", ["local"], node.value("data_gb_local"), 1))
    if node.has("data_gb_national"):
        # National data serves at home too, once the local data is gone.
        scopes = ["national", "local"] if local else ["national"]
        found.append(_data("data-national", scopes, node.value("data_gb_national"), 2))
    if node.has("minutes"):
        found.append({"id": "voice", "service": "voice", "amount": node.whole("minutes"), "unit": "minute"})
    if node.has("sms"):
        found.append({"id": "messages", "service": "messages", "amount": node.whole("sms")})
    return found


def _data(name: str, scopes: list[str], gb: object, order: int) -> dict[str, Any]:
    mb = Fraction(str(gb)) * 1024  # in MB: allowances of a first month are rounded up to whole MB
    amount: object = mb.numerator if mb.denominator == 1 else f"{float(mb):.6f}".rstrip("0")
    return {"id": name, "service": "data", "scope": scopes, "amount": amount, "unit": "MB", "order": order}


def _convert(node: Node) -> dict[str, Any]:
    """National data may be used as minutes or messages."""
    node.one_of("rule", ("1MB=1min=1sms",))
    give = {"amount": 1, "unit": "MB"}
    rates = {
        "voice": {"give": give, "get": {"amount": 1, "unit": "minute"}},
        "messages": {"give": give, "get": {"amount": 1, "unit": "message"}},
    }
    caps = {
        "voice": {"amount": node.whole("max_min"), "unit": "minute"},
        "messages": {"amount": node.whole("max_sms"), "unit": "message"},
    }
    node.done()
    return {"from": "data-national", "rates": rates, "caps": caps, "order": ["voice", "messages"]}


def _carry(node: Node) -> list[dict[str, Any]]:
    if node.flag("carry_over", False) or node.flag("carry_over_local", False):
        node.refuse("carry_over", "say how much is carried over, carry_over_national_gb_max.")
    if not node.has("carry_over_national_gb_max"):
        return []
    cap = Fraction(str(node.value("carry_over_national_gb_max"))) * 1024
    return [{"bucket": "data-national", "cap": {"amount": int(cap), "unit": "MB"}, "months": 1, "used_first": True}]


def price_table(rows: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Plans of a table with one price per unit: columns minutes_included, usd_per_minute … as of an exported CSV.

    Calls are rounded up to a minute each, data to a GB for the month; the money is US cents.
    """
    found = []
    for row in rows:

        def bucket(service: str, column: str, unit: str, row: Mapping[str, str] = row) -> dict[str, Any]:
            return {"id": service, "service": service, "amount": int(row[column]), "unit": unit}

        def over(service: str, column: str, block: int, row: Mapping[str, str] = row) -> dict[str, Any]:
            price = Fraction(row[column]) * 100
            return {"service": service, "block": block, "price": {"num": price.numerator, "den": price.denominator}}

        found.append({
            "code": row["plan_name"],
            "currency": "USD",
            "fee": int(Fraction(row["usd_monthly_pay"]) * 100),
            "round": {"voice": {"per": "EVENT", "block": 60}, "data": {"per": "MONTH", "block": GB}},
            "buckets": [
                bucket("voice", "minutes_included", "minute"),
                bucket("messages", "messages_included", "message"),
                bucket("data", "mb_per_month_included", "MB"),
            ],
            "overage": [
                over("voice", "usd_per_minute", 60),
                over("messages", "usd_per_message", 1),
                over("data", "usd_per_gb", GB),
            ],
        })  # fmt: skip
    return found
