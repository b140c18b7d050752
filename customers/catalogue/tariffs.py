"""The catalogue's tariffs as the engine reads them, and what they grant. Pure; one form, `docs/tariff-format.md`.

A plan is rated as it stands. A pack has no life of its own: it is joined onto the plan beside which it is held.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from customers.catalogue.reading import TariffRefused
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.terms import SERVICES, Tariff

NATIONAL = "national"
_KEPT = 4_096  # tariffs read and kept in a process; a catalogue is some hundreds


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What is included each month and can be used anywhere in the country at any time. Seconds, KB, messages."""

    voice_s: int = 0
    data_kb: int = 0
    messages: int = 0

    def __add__(self, other: Allowance) -> Allowance:
        return Allowance(
            voice_s=self.voice_s + other.voice_s,
            data_kb=self.data_kb + other.data_kb,
            messages=self.messages + other.messages,
        )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One product's terms as stored: `text` is the JSON, `names` by language."""

    code: str
    text: str
    name_en: str = ""
    name_zh: str = ""

    @property
    def names(self) -> dict[str, str]:
        return {"en": self.name_en or self.code, "zh": self.name_zh or self.name_en or self.code}


def allowance(tariff: Mapping[str, Any]) -> Allowance:
    """The sum of the tariff's national buckets; buckets for a place, an hour or one application do not count here.

    What cannot be read grants nothing: no sentence may stand on it.
    """
    return allowance_of(json.dumps(tariff, sort_keys=True))


@lru_cache(maxsize=_KEPT)
def allowance_of(text: str) -> Allowance:
    """`allowance` of stored JSON."""
    try:
        read = _pack_alone(json.loads(text))
    except ValueError:
        return Allowance()
    sums = dict.fromkeys(SERVICES, 0)
    for bucket in read.buckets:
        if NATIONAL in bucket.scopes:
            sums[bucket.service] += bucket.units()
    return Allowance(voice_s=sums["voice"], data_kb=sums["data"], messages=sums["messages"])


def plan_tariff(plan: Sheet, packs: Sequence[Sheet] = ()) -> Tariff:
    """What the customer pays for: the plan with the packs held beside it. Raises TariffRefused."""
    return _joined((plan, *packs))


def check(*, kind: str, tariff: Mapping[str, Any]) -> None:
    """Raises TariffRefused, with path and sentence, for terms that cannot be right for a product of this kind."""
    if kind == "pack":
        _pack_alone(tariff)
    else:
        parse_tariff(tariff, code="new", names={"en": "new"})


@lru_cache(maxsize=_KEPT)
def _joined(sheets: tuple[Sheet, ...]) -> Tariff:
    plan, *packs = sheets
    raw = json.loads(plan.text)
    if packs:
        raw = join(raw, {pack.code: json.loads(pack.text) for pack in packs})
    code = "+".join(sheet.code for sheet in sheets)
    names = {language: " + ".join(sheet.names[language] for sheet in sheets) for language in ("en", "zh")}
    return parse_tariff({**raw, "name": names, "code": code})


def join(plan: Mapping[str, Any], packs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The plan's terms with the packs' fees and allowances added, each drawn on after the plan's own.

    A pack for an hour, a place or one application touches only a use that the plan counts apart.
    """
    known = _uses(plan)
    buckets = list(plan.get("buckets", ()))
    fee = plan["fee"]
    order = max((bucket.get("order", 1) for bucket in buckets), default=0)
    for code, pack in packs.items():
        fee += pack["fee"]
        for bucket in pack.get("buckets", ()):
            if all((bucket["service"], scope) in known for scope in _scopes(bucket)):
                order += 1
                buckets.append({**bucket, "id": f"{code}-{bucket.get('id', bucket['service'])}", "order": order})
    return {**plan, "fee": fee, "buckets": buckets}


def _pack_alone(tariff: Mapping[str, Any]) -> Tariff:
    """A pack read by itself: past its allowance the plan's prices count, so any price will do here."""
    if not isinstance(tariff, Mapping):
        raise TariffRefused("", "an object in braces is needed.")
    raw = dict(tariff)
    priced = {(over.get("service"), scope) for over in raw.get("overage", ()) for scope in _scopes(over)}
    open_uses = [use for use in _uses({"buckets": raw.get("buckets", ())}) if use not in priced]
    free = [{"service": service, "scope": [scope], "price": {"num": 0}} for service, scope in sorted(open_uses)]
    return parse_tariff({**raw, "overage": [*raw.get("overage", ()), *free]}, code="new", names={"en": "new"})


def _uses(raw: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The uses that these terms know: (service, scope)."""
    terms = [*raw.get("buckets", ()), *raw.get("overage", ())]
    return {(term["service"], scope) for term in terms if "service" in term for scope in _scopes(term)}


def _scopes(term: Mapping[str, Any]) -> list[str]:
    scope = term.get("scope", NATIONAL)
    return [scope] if isinstance(scope, str) else list(scope)
