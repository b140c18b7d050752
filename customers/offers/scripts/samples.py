"""Twenty customers that never lived: every text is tried on them before it is saved. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from customers.offers.scripts import lines as shapes
from customers.offers.scripts import templates
from customers.offers.scripts.slots import SLOTS, Kind, Slot, Value
from customers.offers.wording import Text

_FULL: dict[Kind, Value] = {
    Kind.TEXT: "Lin", Kind.MONEY: 4_050, Kind.MONTHS: 12, Kind.DATE: "2026-12-31", Kind.GB: 5_242_880, Kind.FLAG: True,
}  # fmt: skip
_SMALL: dict[Kind, Value] = {
    Kind.TEXT: "欧", Kind.MONEY: 1, Kind.MONTHS: 1, Kind.DATE: "2024-02-29", Kind.GB: 1, Kind.FLAG: False,
}  # fmt: skip
_NAMED: dict[str, Value] = {"offer": "5G 129", "plan": "4G 59", "customer_title": "陈女士", "queue": "VIP"}
_OFTEN_UNKNOWN = tuple(slot for slot in SLOTS.values() if slot.missing is None)


def _sample(number: int) -> dict[str, Value | None]:
    """All known, little known, and one or two things unknown in turn."""
    base = _SMALL if number % 2 else _FULL
    gone = {number % len(_OFTEN_UNKNOWN), (number * 3 + 1) % len(_OFTEN_UNKNOWN)} if number > 1 else set()
    hidden = {_OFTEN_UNKNOWN[place].name for place in gone}
    return {name: None if name in hidden else _of(slot, base) for name, slot in SLOTS.items()}


def _of(slot: Slot, base: Mapping[Kind, Value]) -> Value:
    return _NAMED.get(slot.name, base[slot.kind])


SAMPLES: tuple[dict[str, Value | None], ...] = tuple(_sample(number) for number in range(20))


def faults(lines: Sequence[Mapping[str, Any]], *, language: str) -> list[Text]:
    """Lines that nobody would ever hear, or that come out broken. For lines whose shape is good."""
    found = []
    for number, line in enumerate(lines, start=1):
        condition = line.get("when", "")
        heard = [templates.render(line["text"], values=sample, language=language) for sample in SAMPLES]
        if not any(text and text.strip() for text in heard):
            found.append(
                Text(en=f"Line {number}: no customer would ever hear it.", zh=f"第{number}行：没有客户会听到。")
            )
        elif any("{" in text or "}" in text for text in heard if text):
            found.append(Text(en=f"Line {number}: a placeholder is left over.", zh=f"第{number}行：有未填的变量。"))
        if condition and not any(
            templates.holds(condition, values=one, language=language) for one in _worlds(condition)
        ):
            found.append(Text(en=f"Line {number}: its condition is never met.", zh=f"第{number}行：条件永远不成立。"))
    if not shapes.said(lines, values=SAMPLES[1] | {"may_sell": True}, language=language):
        found.append(Text(en="A customer of whom little is known would hear nothing.", zh="对信息较少的客户无话可说。"))
    return found


def _worlds(condition: str) -> Sequence[Mapping[str, Value | None]]:
    """The samples, and large and no amounts of what the condition weighs."""
    named = templates.slots_of(f"{{% if {condition} %}}x{{% endif %}}")
    amounts = {name for name in named if SLOTS[name].kind in {Kind.MONEY, Kind.MONTHS, Kind.GB}}
    large = {**SAMPLES[0], **dict.fromkeys(amounts, 10**12)}
    unknown = {**SAMPLES[0], **{name: None for name in named if SLOTS[name].missing is None}}
    said = (
        {**SAMPLES[0], **{name: word for name in named for word in _words(condition)}} if _words(condition) else large
    )
    return (*SAMPLES, large, unknown, said)


def _words(condition: str) -> list[str]:
    """The quoted words of a condition, as in `plan == "Plan 19"`."""
    return [part for mark in "'\"" for part in condition.split(mark)[1::2]]
