"""The rules that ship: when the tags of `tags` hold, as conditions. An operator's own version replaces each. Pure."""

from __future__ import annotations

from typing import Any

from customers.insight import tags


def _over(field: str, op: str, value: float) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


RULES: dict[str, dict[str, Any]] = {
    tags.HEAVY_DATA: _over("data_gb", ">", 15),
    tags.LIGHT_USER: {"all": [_over("data_gb", "<", 1), _over("voice_min", "<", 60)]},
    tags.HEAVY_VOICE: _over("voice_min", ">", 480),
    tags.SENIOR: _over("age", ">=", 60),
    tags.MINOR: _over("age", "<", 18),
    tags.LONG_STANDING: _over("tenure_days", ">", 3650),
    tags.NEW_CUSTOMER: _over("tenure_days", "<=", 90),
    tags.OFTEN_CALLS_US: _over("calls_90", ">=", 4),
}
