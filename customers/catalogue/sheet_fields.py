"""A product or a rival's plan as the fields of a form, and back: nothing of the sheet is lost on the way. Pure.

Fields are texts by name, as "fee" or "bucket-0-amount". Money is in yuan there and in fen in the sheet. Terms for which
there is no field stand as JSON in "further". `build` also tells which field each place of the sheet came from, so that
the engine's refusal can stand beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from customers.catalogue.terms import BASE_UNIT, SERVICES, UNITS

Fields = Mapping[str, str]
MONEY = re.compile(r"\d{1,12}(\.\d{1,2})?")
PRICE = re.compile(r"\d{1,9}(\.\d{1,8})?(/\d{1,9})?")
AMOUNT = re.compile(r"\d{1,15}(\.\d{1,6})?")
ROW = re.compile(r"(bucket|price|discount)-(\d{1,2})-[a-z_]+")
LISTS = ("tags", "suits", "not_for", "parts", "requires", "excludes")
_PENALTY_FEN = {"FIXED", "PER_MONTH_LEFT"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A field that cannot be read; `code` says what it should have been."""

    field: str
    code: str  # money | price | amount | whole | percent | json


class FieldsRefused(ValueError):
    """Fields that cannot be read, all of them at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(f"{one.field}: {one.code}" for one in self.faults))


@dataclass(frozen=True, kw_only=True)
class Built:
    """A sheet, and the field behind each place of it."""

    sheet: dict[str, Any]
    places: Mapping[str, str]

    def field_of(self, path: str) -> str:
        """The field that is to blame for a refusal at `path`; "further" where none is."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0] if not path.endswith("]") else path[: path.rindex("[")]
        return "further"


# --- from the sheet -------------------------------------------------------------------------------------------------
def flat(sheet: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a product or a rival's plan."""
    plain = ("code", "family", "kind", "operator", "source", "seen_on", "expires_on", "valid_from", "valid_to")
    found = {name: str(sheet[name]) for name in plain if sheet.get(name)}
    for part in ("name", "summary"):
        found |= {f"{part}_{language}": text for language, text in sheet.get(part, {}).items()}
    found |= {name: ", ".join(sheet[name]) for name in LISTS if sheet.get(name)}
    for name, field in (("margin_fen", "margin"), ("cost_fen", "cost")):
        if sheet.get(name) is not None:
            found[field] = _yuan(sheet[name])
    return found | _flat_terms(dict(sheet.get("tariff", {})))


def _flat_terms(terms: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {name: _yuan(terms.pop(name)) for name in ("fee", "one_off") if name in terms}
    found["proration"] = terms.pop("proration", {}).get("per", "DAY")
    for service, rounding in terms.pop("round", {}).items():
        found |= {f"round-{service}-per": rounding["per"], f"round-{service}-block": str(rounding["block"])}
    found |= _flat_slowed(terms.pop("after_cap", "CHARGE")) | _flat_contract(terms.pop("contract", {}))
    carried = {one["bucket"]: one for one in terms.pop("carry", [])}
    tables = {
        "bucket": [_flat_bucket(bucket, carried) for bucket in terms.pop("buckets", [])],
        "price": [row for over in terms.pop("overage", []) for row in _flat_overage(over)],
        "discount": [_flat_discount(one) for one in terms.pop("discounts", [])],
    }
    for table, rows in tables.items():
        found |= {f"{table}-{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()}
    rights = terms.get("rights")
    if rights and all(isinstance(one, str) and one and not set(one) & set(",，、") for one in rights):
        found["rights"] = ", ".join(terms.pop("rights"))
    if terms:
        found["further"] = json.dumps(terms, ensure_ascii=False, indent=2)
    return found


def _flat_slowed(slowed: str | Mapping[str, str]) -> dict[str, str]:
    words = {"data": slowed} if isinstance(slowed, str) else slowed
    return {f"slowed-{service}": "on" for service, word in words.items() if word == "THROTTLE"}


def _flat_contract(contract: Mapping[str, Any]) -> dict[str, str]:
    found = {"contract_months": str(contract["months"])} if contract.get("months") else {}
    penalty = contract.get("penalty", {})
    rule = penalty.get("rule", "NONE")
    if rule == "NONE":
        return found
    due = _yuan(penalty["fen"]) if rule in _PENALTY_FEN else str(penalty["percent"])
    return found | {"penalty_rule": rule, "penalty": due}


def _flat_bucket(bucket: Mapping[str, Any], carried: Mapping[str, Any]) -> dict[str, str]:
    service, scopes = bucket["service"], _scopes(bucket)
    own = bucket.get("id", f"{service}-{'-'.join(scopes)}")
    amount, unit, base = str(bucket["amount"]), bucket.get("unit", BASE_UNIT[service]), ""
    if unit == BASE_UNIT[service] and amount.isdigit():
        # shown in a size for people, kept in its own: a first month's part is rounded up in the unit of the sheet
        base, (amount, unit) = unit, _sized(int(amount), service)
    found = {
        "id": own, "base": base, "service": service, "scope": ", ".join(scopes), "amount": amount, "unit": unit,
        "order": str(bucket.get("order", 1)), "share_group": bucket.get("share_group", ""),
        "prorate": bucket.get("prorate", "ceil"),
    }  # fmt: skip
    carry = carried.get(own)
    if carry is not None:
        cap = carry["cap"]
        found |= {
            "carry": str(cap["amount"]), "carry_unit": cap.get("unit", BASE_UNIT[service]),
            "carry_months": str(carry.get("months", 1)), "carry_first": "on" if carry.get("used_first", True) else "",
        }  # fmt: skip
    return {name: text for name, text in found.items() if text}


def _flat_overage(over: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """A row for each tier; a price without tiers is one row."""
    service = over["service"]
    block, unit = _sized(over.get("block", 1), service)
    size = UNITS[unit][1]
    head = {"service": service, "scope": ", ".join(_scopes(over)), "block": block, "unit": unit}
    if over.get("cap") is not None:
        head["cap"] = _yuan(over["cap"])
    if "tiers" not in over:
        yield head | {"price": _price(over["price"])}
        return
    for step in over["tiers"]["steps"]:
        row = head | {"mode": over["tiers"]["mode"], "from": _units(step["from"], size), "price": _price(step["price"])}
        yield row | ({"to": _units(step["to"], size)} if step.get("to") is not None else {})


def _flat_discount(one: Mapping[str, Any]) -> dict[str, str]:
    found = {"on": one.get("on", "total"), "order": str(one.get("order", 1)), "until": one.get("until", "")}
    by = {"percent": str(one["percent"])} if one.get("percent") is not None else {"yuan": _yuan(one["fen"])}
    return {name: text for name, text in (found | by).items() if text}


def _scopes(term: Mapping[str, Any]) -> list[str]:
    scope = term.get("scope", "national")
    return [scope] if isinstance(scope, str) else list(scope)


def _sized(units: int, service: str) -> tuple[str, str]:
    """Base units in the largest unit that divides them: 1048576 KB → ("1", "GB")."""
    fitting = [(size, name) for name, (of, size) in UNITS.items() if of == service and units and units % size == 0]
    size, unit = max(fitting, default=(1, BASE_UNIT[service]))
    return str(units // size), unit


def _units(units: int, size: int) -> str:
    value = Fraction(units, size)
    return str(value.numerator) if value.denominator == 1 else str(value)


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}".removesuffix(".00")


def _price(price: Mapping[str, int]) -> str:
    """Yuan for one block: a decimal where it ends, else a fraction."""
    yuan = Fraction(price["num"], price.get("den", 1) * 100)
    scaled = yuan * 10**8
    if scaled.denominator != 1:
        return str(yuan)
    return f"{scaled.numerator // 10**8}.{scaled.numerator % 10**8:08d}".rstrip("0").removesuffix(".")


# --- to the sheet ---------------------------------------------------------------------------------------------------
class _Reader:
    """Reads fields one by one and remembers what could not be read."""

    def __init__(self, fields: Fields) -> None:
        self.fields = {name: text.strip() for name, text in fields.items() if text.strip()}
        self.faults: list[Fault] = []
        self.places: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        return self.fields.get(name, default)

    def fen(self, name: str, default: int = 0, *, signed: bool = False) -> int:
        text = self.text(name)
        if not text:
            return default
        if not MONEY.fullmatch(text.removeprefix("-") if signed else text):
            self.fault(name, "money")
            return default
        return int(Fraction(text) * 100)

    def whole(self, name: str, default: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not text.isascii() or not text.isdecimal() or len(text) > 15:
            self.fault(name, "whole")
            return default
        return int(text)

    def price(self, name: str) -> dict[str, int]:
        text = self.text(name)
        try:
            fen = Fraction(text) * 100 if PRICE.fullmatch(text) else None
        except (ValueError, ZeroDivisionError):
            fen = None
        if fen is None:
            self.fault(name, "price")
            return {"num": 0}
        return {"num": fen.numerator} if fen.denominator == 1 else {"num": fen.numerator, "den": fen.denominator}

    def amount(self, name: str) -> int | str:
        text = self.text(name)
        if not AMOUNT.fullmatch(text):
            self.fault(name, "amount")
            return 1
        return int(text) if text.isdecimal() else text

    def units(self, name: str, size: int) -> int:
        text = self.text(name)
        units = Fraction(text) * size if AMOUNT.fullmatch(text) else None
        if units is None or units.denominator != 1:
            self.fault(name, "amount")
            return 0
        return int(units)

    def fault(self, name: str, code: str) -> None:
        self.faults.append(Fault(field=name, code=code))

    def rows(self, table: str) -> list[str]:
        """Prefixes of the rows in which something stands, in order."""
        matches = (ROW.fullmatch(name) for name in self.fields)
        numbers = {int(match[2]) for match in matches if match and match[1] == table}
        return [f"{table}-{number}-" for number in sorted(numbers)]


def build(fields: Fields, *, rival: bool = False) -> Built:
    """The sheet that these fields state, not yet judged. Raises FieldsRefused."""
    read = _Reader(fields)
    sheet = _rival_head(read) if rival else _product_head(read)
    sheet["name"] = _words(read, "name")
    sheet["tariff"] = _terms(read)
    if read.faults:
        raise FieldsRefused(read.faults)
    return Built(sheet=sheet, places=read.places)


def _words(read: _Reader, part: str) -> dict[str, str]:
    read.places |= {f"{part}.{language}": f"{part}_{language}" for language in ("en", "zh")}
    return {language: read.text(f"{part}_{language}") for language in ("en", "zh") if read.text(f"{part}_{language}")}


def _rival_head(read: _Reader) -> dict[str, Any]:
    names = ("operator", "code", "source", "seen_on", "expires_on")
    read.places |= {name: name for name in names}
    return {name: read.text(name) for name in names if read.text(name)}


def _product_head(read: _Reader) -> dict[str, Any]:
    names = ("code", "family", "kind", "valid_from", "valid_to")
    read.places |= {name: name for name in (*names, *LISTS)} | {"margin_fen": "margin", "cost_fen": "cost"}
    sheet: dict[str, Any] = {name: read.text(name) for name in names if read.text(name)}
    sheet["summary"] = _words(read, "summary")
    for name in LISTS:
        if listed := _items(read.text(name)):
            sheet[name] = listed
    if read.text("margin"):
        sheet["margin_fen"] = read.fen("margin", signed=True)
    if read.text("cost"):
        sheet["cost_fen"] = read.fen("cost")
    return sheet


def _items(text: str) -> list[str]:
    """A list as people write it, with commas of either script."""
    return [one.strip() for one in re.split("[,，、]", text) if one.strip()]


def _terms(read: _Reader) -> dict[str, Any]:
    terms: dict[str, Any] = _further(read) | _rights(read)
    read.places |= {"tariff.fee": "fee", "tariff.one_off": "one_off", "tariff.contract": "contract_months"}
    if read.text("fee"):
        terms["fee"] = read.fen("fee")
    if read.text("one_off"):
        terms["one_off"] = read.fen("one_off")
    if read.text("proration"):
        terms["proration"] = {"per": read.text("proration")}
    rounds = {service: _rounding(read, service) for service in SERVICES if read.text(f"round-{service}-per")}
    if rounds:
        terms["round"] = rounds
    slowed = {service: "THROTTLE" for service in SERVICES if read.text(f"slowed-{service}")}
    if slowed:
        terms["after_cap"] = slowed
        read.places["tariff.after_cap"] = f"slowed-{next(iter(slowed))}"
    buckets = read.rows("bucket")
    if buckets:
        terms["buckets"] = [_bucket(read, row, number) for number, row in enumerate(buckets)]
        carried = [(row, bucket["id"]) for row, bucket in zip(buckets, terms["buckets"], strict=True)]
        carry = [_carry(read, row, own) for row, own in carried if read.text(f"{row}carry")]
        if carry:
            terms["carry"] = carry
        read.places |= {"tariff.buckets": f"{buckets[0]}service", "tariff.carry": f"{buckets[0]}carry"}
    if read.rows("price"):
        terms["overage"] = _overage(read)
        read.places["tariff.overage"] = f"{read.rows('price')[0]}service"
    discounts = [_discount(read, row, number) for number, row in enumerate(read.rows("discount"))]
    if discounts:
        terms["discounts"] = discounts
        read.places["tariff.discounts"] = f"{read.rows('discount')[0]}order"
    contract = _contract(read)
    return terms | ({"contract": contract} if contract else {})


def _rights(read: _Reader) -> dict[str, Any]:
    read.places["tariff.rights"] = "rights"
    named = _items(read.text("rights"))
    return {"rights": named} if named else {}


def _further(read: _Reader) -> dict[str, Any]:
    try:
        found = json.loads(read.text("further", "{}"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        read.fault("further", "json")
        return {}
    return found


def _rounding(read: _Reader, service: str) -> dict[str, Any]:
    read.places[f"tariff.round.{service}"] = f"round-{service}-block"
    return {"per": read.text(f"round-{service}-per"), "block": read.whole(f"round-{service}-block", 1)}


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.replace("，", ",").split(",") if one.strip()] or ["national"]


def _bucket(read: _Reader, row: str, number: int) -> dict[str, Any]:
    here = f"tariff.buckets[{number}]"
    read.places |= {here: f"{row}service"} | {
        f"{here}.{name}": f"{row}{name}" for name in ("service", "scope", "amount", "unit", "order", "share_group")
    }
    service, scopes = read.text(f"{row}service"), _listed(read.text(f"{row}scope"))
    bucket: dict[str, Any] = {
        "id": read.text(f"{row}id") or f"{service}-{'-'.join(scopes)}-{number + 1}", "service": service,
        "scope": scopes, "amount": read.amount(f"{row}amount"), "order": read.whole(f"{row}order", number + 1),
        "prorate": read.text(f"{row}prorate", "ceil"),
    }  # fmt: skip
    for name in ("unit", "share_group"):
        if read.text(row + name):
            bucket[name] = read.text(row + name)
    return bucket | _in_base(read.text(f"{row}base"), bucket)


def _in_base(base: str, bucket: Mapping[str, Any]) -> dict[str, Any]:
    """5 GB of a sheet that counts in KB is 5242880 KB again."""
    unit = bucket.get("unit", "")
    if base not in UNITS or unit not in UNITS or {UNITS[unit][0], UNITS[base][0]} != {bucket["service"]}:
        return {}
    units = Fraction(bucket["amount"]) * UNITS[unit][1] / UNITS[base][1]
    return {"amount": units.numerator, "unit": base} if units.denominator == 1 else {}


def _carry(read: _Reader, row: str, bucket: str) -> dict[str, Any]:
    cap: dict[str, Any] = {"amount": read.amount(f"{row}carry")}
    if read.text(f"{row}carry_unit"):
        cap["unit"] = read.text(f"{row}carry_unit")
    return {
        "bucket": bucket, "cap": cap, "months": read.whole(f"{row}carry_months", 1),
        "used_first": bool(read.text(f"{row}carry_first")),
    }  # fmt: skip


def _overage(read: _Reader) -> list[dict[str, Any]]:
    """Rows of one service and scope below one another are tiers of one price."""
    groups: list[list[str]] = []

    def use(row: str) -> tuple[str, list[str]]:
        return read.text(f"{row}service"), _listed(read.text(f"{row}scope"))

    for row in read.rows("price"):
        tiered = bool(read.text(f"{row}from") or read.text(f"{row}to"))
        if tiered and groups and use(groups[-1][0]) == use(row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [_priced(read, rows, f"tariff.overage[{number}]") for number, rows in enumerate(groups)]


def _priced(read: _Reader, rows: list[str], here: str) -> dict[str, Any]:
    first = rows[0]
    service, unit = read.text(f"{first}service"), read.text(f"{first}unit")
    size = UNITS[unit][1] if unit in UNITS else 1
    read.places |= {
        here: f"{first}service", f"{here}.service": f"{first}service", f"{here}.scope": f"{first}scope",
        f"{here}.block": f"{first}block", f"{here}.cap": f"{first}cap", f"{here}.price": f"{first}price",
        f"{here}.tiers": f"{first}mode",
    }  # fmt: skip
    if unit and UNITS.get(unit, (service,))[0] != service:
        read.fault(f"{first}unit", "unit")
    block = read.units(f"{first}block", size) if read.text(f"{first}block") else size
    over: dict[str, Any] = {"service": service, "scope": _listed(read.text(f"{first}scope")), "block": block}
    if read.text(f"{first}cap"):
        over["cap"] = read.fen(f"{first}cap")
    if not any(read.text(row + name) for row in rows for name in ("from", "to")):
        return over | {"price": read.price(f"{first}price")}
    steps = []
    for number, row in enumerate(rows):
        at = f"{here}.tiers.steps[{number}]"
        read.places |= {
            at: f"{row}from", f"{at}.from": f"{row}from", f"{at}.to": f"{row}to", f"{at}.price": f"{row}price",
        }  # fmt: skip
        step: dict[str, Any] = {"from": read.units(f"{row}from", size) if read.text(f"{row}from") else 0}
        if read.text(f"{row}to"):
            step["to"] = read.units(f"{row}to", size)
        steps.append(step | {"price": read.price(f"{row}price")})
    return over | {"tiers": {"mode": read.text(f"{first}mode", "GRADUATED"), "steps": steps}}


def _discount(read: _Reader, row: str, number: int) -> dict[str, Any]:
    here = f"tariff.discounts[{number}]"
    names = (("percent", "percent"), ("fen", "yuan"), ("until", "until"), ("on", "on"), ("order", "order"))
    read.places |= {here: f"{row}percent"} | {f"{here}.{place}": row + name for place, name in names}
    found: dict[str, Any] = {"on": read.text(f"{row}on", "total"), "order": read.whole(f"{row}order", number + 1)}
    if read.text(f"{row}percent"):
        found["percent"] = read.whole(f"{row}percent", 0)
    if read.text(f"{row}yuan"):
        found["fen"] = read.fen(f"{row}yuan")
    return found | ({"until": read.text(f"{row}until")} if read.text(f"{row}until") else {})


def _contract(read: _Reader) -> dict[str, Any]:
    rule = read.text("penalty_rule", "NONE")
    months = read.whole("contract_months", 0)
    read.places |= {"tariff.contract.penalty": "penalty", "tariff.contract.months": "contract_months"}
    if rule == "NONE":
        return {"months": months} if months else {}
    penalty: dict[str, Any] = {"rule": rule}
    if rule in _PENALTY_FEN:
        penalty["fen"] = read.fen("penalty")
    else:
        penalty["percent"] = read.whole("penalty", 0)
    return {"months": months, "penalty": penalty}
