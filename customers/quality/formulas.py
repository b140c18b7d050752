"""The five dimensions, their weights and definitions, as data; each number on the page opens its definition. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "2026-11.2"
FIELD_WEIGHTS = {
    "name": 2.0, "phone": 3.0, "id_document": 2.0, "region": 1.0, "birth_year": 1.0, "email": 1.0, "wechat": 1.0,
}  # fmt: skip
PROMISED_DAYS = 180  # a record older than this is stale
CADENCE_DAYS = 30  # a source is expected to deliver so often
WARN_BELOW = 0.8
LEAST_ROWS = 1


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One way data can be good. `weight` is its exponent in the score."""

    key: str
    weight: float
    en: str
    zh: str
    definition_en: str
    definition_zh: str


DIMENSIONS = (
    Dimension(
        key="completeness", weight=0.30, en="Complete", zh="完整性",
        definition_en="Σ weight of filled fields ÷ Σ weight of applicable fields; a field applies if the source ever fills it.",
        definition_zh="已填字段权重之和 ÷ 适用字段权重之和；来源曾填写过的字段视为适用。",
    ),
    Dimension(
        key="validity", weight=0.25, en="Valid", zh="有效性",
        definition_en="Values that pass their rule ÷ values checked; refused rows of the last 30 days count as failed.",
        definition_zh="通过规则的值 ÷ 检查的值；近30天被拒绝的行计为未通过。",
    ),
    Dimension(
        key="uniqueness", weight=0.15, en="Unique", zh="唯一性",
        definition_en="1 − surplus records ÷ records, surplus by the customer they were found to be.",
        definition_zh="1 − 多余记录 ÷ 记录数，按识别出的客户计。",
    ),
    Dimension(
        key="freshness", weight=0.15, en="Fresh", zh="及时性",
        definition_en="Share of records younger than the source promises (180 days) × min(1, its cadence (30 days) ÷ days since"
        " the last delivery).",
        definition_zh="在来源承诺期限（180天）内的记录占比 × min(1, 交付周期（30天）÷ 距上次交付时间)。",
    ),
    Dimension(
        key="consistency", weight=0.15, en="Consistent", zh="一致性",
        definition_en="Fields of customers known to two sources or more: agreeing ÷ comparable.",
        definition_zh="两个及以上来源共有的客户字段：一致数 ÷ 可比数。",
    ),
)  # fmt: skip


def completeness(*, rows: int, filled: Mapping[str, int]) -> float | None:
    """Of the fields that the source fills at all. None where nothing applies."""
    applicable = {field: weight for field, weight in FIELD_WEIGHTS.items() if filled.get(field, 0)}
    if not rows or not applicable:
        return None
    return sum(weight * filled[field] / rows for field, weight in applicable.items()) / sum(applicable.values())


def freshness(*, young: int, rows: int, silent_days: float, cadence_days: int = CADENCE_DAYS) -> float | None:
    """None without rows."""
    return None if not rows else young / rows * min(1.0, cadence_days / max(silent_days, 1e-9))


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to judge."""
    return None if whole <= 0 else part / whole


def score(values: Mapping[str, float | None], weights: Mapping[str, float] | None = None) -> float | None:
    """Π value^weight over the dimensions that could be judged, weights scaled to 1: a single zero is not hidden.

    `weights` by dimension, else the formulas' own; what weighs nothing is not asked. None where nothing is left to ask.
    """
    own = weights or {one.key: one.weight for one in DIMENSIONS}
    judged = [(values[key], weight) for key, weight in own.items() if weight and values.get(key) is not None]
    if not judged:
        return None
    if any(value == 0 for value, _weight in judged):
        return 0.0
    total = sum(weight for _value, weight in judged)
    return math.exp(sum(weight * math.log(value or 1.0) for value, weight in judged) / total)
