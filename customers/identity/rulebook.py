"""By which rules the word that counts is chosen: the product's own, or as somebody set them last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customers.identity.golden import OWN, FieldRule
from customers.identity.pins import GoldenSetting


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    """What holds now. `version` 1 is the product's own."""

    version: int
    rules: Mapping[str, FieldRule]


def present() -> Rulebook:
    """The rules for whatever is chosen from now on. One statement."""
    newest = GoldenSetting.objects.order_by("-version").first()
    if newest is None:
        return Rulebook(version=1, rules=OWN)
    return Rulebook(version=newest.version, rules=OWN | dict(read(newest.rules)))


def read(told: Mapping[str, Mapping[str, object]]) -> Mapping[str, FieldRule]:
    """The rules of a setting as it is stored; fields that are no more are left out."""
    return {
        field: FieldRule(rule=str(one["rule"]), order=tuple(one.get("order", ())))  # type: ignore[arg-type]
        for field, one in told.items() if field in OWN
    }  # fmt: skip


def history() -> list[GoldenSetting]:
    """How they were set, the newest first; empty where they stand as they come."""
    return list(GoldenSetting.objects.order_by("-version"))
