"""Filling a script: four slots, nothing else. No template language, so there is nothing to break out of. Pure.

What a text may hold is checked when it is saved; what is filled in is never read as text again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from customers.offers.wording import Text

# The slots a text may name, and what is said where the value is missing: neutral, never a raw placeholder.
SLOTS: dict[str, Text] = {
    "agent": Text(en="your adviser", zh="客服代表"),
    "customer_title": Text(en="dear customer", zh="尊敬的客户"),
    "queue": Text(en="customer service", zh="客服中心"),
    "offer": Text(en="this offer", zh="这项服务"),
}
STAGES = ("greet", "verify", "ask", "explain", "offer", "close", "comply")
LONGEST_TEXT = 500
MOST_LINES = 40

_LONGEST_VALUE = 120
_SLOT = re.compile(r"\{([a-z_]+)\}")
# A price, share, size or term typed by hand grows old and wrong: figures stand on the card, computed.
_FIGURE = re.compile(
    r"[0-9０-９一二三四五六七八九十百千两]+(?:\.[0-9]+)?\s*(?:元|块钱|折|%|％|percent|yuan|fen|GB|G流量|MB|months?|years?|个月|年)",
    re.IGNORECASE,
)


def faults(lines: Any) -> list[Text]:
    """What bars these lines from being saved, each with its line; an empty list is a good script.

    Lines are `[{"stage", "text", "mandatory"}]` and nothing more.
    """
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
        return [Text(en=f"A script has 1 to {MOST_LINES} lines.", zh=f"话术应有1至{MOST_LINES}行。")]
    return [
        Text(en=f"Line {number}: {fault.en}", zh=f"第{number}行：{fault.zh}")
        for number, line in enumerate(lines, start=1)
        for fault in _line_faults(line)
    ]


def cue_faults(cue: str) -> list[Text]:
    """The cue for experts obeys the same rules as a line."""
    return [Text(en=f"Cue: {fault.en}", zh=f"提示语：{fault.zh}") for fault in _text_faults(cue)] if cue else []


def fill(text: str, *, values: Mapping[str, str], language: str) -> str:
    """The text with its slots filled, once: braces inside a value stay what they are."""

    def value(match: re.Match[str]) -> str:
        slot = match.group(1)
        if slot not in SLOTS:
            return ""  # barred at save; said as nothing rather than as a placeholder
        given = " ".join(values.get(slot, "").split())[:_LONGEST_VALUE]
        return given or SLOTS[slot].to(language)

    return _SLOT.sub(value, text)


def _line_faults(line: Any) -> list[Text]:
    if not isinstance(line, dict) or set(line) != {"stage", "text", "mandatory"}:
        return [Text(en="it has exactly stage, text and mandatory.", zh="只能包含stage、text和mandatory三项。")]
    found = []
    if line["stage"] not in STAGES:
        known = ", ".join(STAGES)
        found.append(Text(en=f"the stage is one of {known}.", zh=f"环节只能是{known}之一。"))
    if not isinstance(line["mandatory"], bool):
        found.append(Text(en="mandatory is true or false.", zh="mandatory只能是true或false。"))
    if not isinstance(line["text"], str) or not line["text"].strip():
        return [*found, Text(en="the text is missing.", zh="缺少文字。")]
    return [*found, *_text_faults(line["text"])]


def _text_faults(text: str) -> list[Text]:
    found = []
    if len(text) > LONGEST_TEXT:
        found.append(
            Text(en=f"the text is longer than {LONGEST_TEXT} characters.", zh=f"文字超过{LONGEST_TEXT}个字符。")
        )
    unknown = ", ".join(sorted({slot for slot in _SLOT.findall(text) if slot not in SLOTS}))
    if unknown:
        known = ", ".join(SLOTS)
        found.append(Text(en=f"no such slot: {unknown}. There are {known}.", zh=f"没有变量{unknown}，可用：{known}。"))
    rest = _SLOT.sub("", text)
    if "{" in rest or "}" in rest:
        found.append(Text(en="braces only around a slot, as in {agent}.", zh="花括号只能用于变量，如{agent}。"))
    if any(ord(sign) < 32 or sign in "<>" for sign in rest):
        found.append(
            Text(
                en="plain text only, without control signs or angle brackets.",
                zh="只能是纯文本，不得含控制符或尖括号。",
            )
        )
    figure = _FIGURE.search(rest)
    if figure:
        typed = figure.group(0).strip()
        found.append(
            Text(
                en=f"no figure typed by hand ({typed}): the card shows the computed one.",
                zh=f"不得手写数字（{typed}），由推荐卡显示计算结果。",
            )
        )
    return found
