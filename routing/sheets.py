"""Skills, agents and queues as rows of a table: which columns there are, and what a row says. Pure.

An empty cell leaves what stands as it is; `-` clears it. A list (skills, traits, queues) is complete: what is missing is
taken away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from routing.matching import Strategy
from routing.requirements import Unreadable, is_short, parse, stored
from routing.requirements import read as condition
from routing.states import WrapUpMode

PROBLEM = "problem"  # the column that refused rows come back with
CLEAR = "-"
_KEY = re.compile(r"[-a-zA-Z0-9_]{1,48}")
_LEVEL = re.compile(r"[-a-zA-Z0-9_]{1,48}:\d+")
_SPLIT = re.compile(r"[\s,;，；、]+")
_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ T]00:00(?::00)?)?", re.ASCII)
Value = str | int | date | dict[str, Any] | tuple[str, ...]


class Kind(StrEnum):
    SKILLS = "skills"
    AGENTS = "agents"
    LEVELS = "agent-skills"  # one skill of one agent a row, with its days
    QUEUES = "queues"


class Form(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    NUMBER = "number"
    LEVELS = "levels"  # billing:3 lang-en:4
    CONDITION = "condition"  # the same, or billing >= 3 and (trait:patient or team:north)
    KEYS = "keys"  # billing retention
    WORD = "word"
    DAY = "day"  # 2026-12-01, or as spreadsheets write it


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, what else a header may call it, and what may stand in it."""

    name: str
    also: tuple[str, ...] = ()
    form: Form = Form.TEXT
    least: int = 0
    most: int = 80  # characters of text, or the greatest number
    words: tuple[str, ...] = ()
    clears: bool = False  # `-` may empty it


_NAMES = (Column(name="name_en", also=("英文名",)), Column(name="name_zh", also=("中文名", "姓名", "名称")))
COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    Kind.SKILLS: (Column(name="key", also=("技能编码", "编码")), *_NAMES),
    Kind.AGENTS: (
        Column(name="key", also=("工号",)),
        *_NAMES,
        Column(name="team", also=("班组",), clears=True),
        Column(name="contact", also=("分机", "话机"), most=200, clears=True),
        Column(name="user", also=("账号", "登录名"), most=150, clears=True),
        Column(name="skills", also=("技能",), form=Form.LEVELS, clears=True),
        Column(name="traits", also=("特质",), form=Form.KEYS, clears=True),
        Column(name="queues", also=("队列",), form=Form.KEYS, clears=True),
    ),
    Kind.LEVELS: (
        Column(name="key", also=("工号",)),
        Column(name="skill", also=("技能", "技能编码"), most=48),
        Column(name="level", also=("等级",), form=Form.NUMBER, most=5),
        Column(name="valid_from", also=("valid from", "生效日期"), form=Form.DAY),
        Column(name="valid_until", also=("valid_to", "valid to", "失效日期"), form=Form.DAY),
    ),
    Kind.QUEUES: (
        Column(name="key", also=("队列编码", "编码")),
        *_NAMES,
        Column(name="required", also=("技能要求",), form=Form.CONDITION, clears=True),
        Column(name="preferred", also=("优先技能",), form=Form.CONDITION, clears=True),
        Column(name="strategy", also=("分配策略",), form=Form.WORD, words=tuple(Strategy)),
        Column(name="target_s", also=("目标秒数",), form=Form.NUMBER, least=1, most=3600),
        Column(name="ring_s", also=("振铃秒数",), form=Form.NUMBER, least=5, most=120),
        Column(name="wrap_up_mode", also=("话后模式",), form=Form.WORD, words=tuple(WrapUpMode)),
        Column(name="wrap_up_s", also=("话后秒数",), form=Form.NUMBER, least=0, most=3600),
        Column(name="head_start_s", also=("提前秒数",), form=Form.NUMBER, most=900),
        Column(name="agent_silence_s", also=("坐席静默秒数",), form=Form.NUMBER, most=86_400),
        Column(name="customer_silence_s", also=("客户静默秒数",), form=Form.NUMBER, most=86_400),
        Column(name="miss_limit", also=("未接上限",), form=Form.NUMBER, least=1, most=5),
    ),
}


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation; whoever shows it translates it."""
    return sentence


_ = gettext_noop


class Wrong(Exception):
    """A row that cannot be taken: a sentence with places, which says which cell and what would do, and their values."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values)
        self.sentence, self.values = sentence, values


def known_columns(kind: Kind, header: Sequence[str]) -> dict[str, str]:
    """Header cell → column, by name or its Chinese word. Raises Wrong without a key column or with one nobody knows."""
    names = {word: column.name for column in COLUMNS[kind] for word in (column.name, *column.also)}
    found = {cell: names[word] for cell in header if (word := cell.strip().lstrip("\ufeff").lower()) in names}
    strange = [cell for cell in header if cell not in found and cell.strip().lower() not in {PROBLEM, ""}]
    if strange:
        known = ", ".join(one.name for one in COLUMNS[kind])
        raise Wrong(_("The column “%(column)s” is not known; %(known)s are."), column=strange[0][:40], known=known)
    if "key" not in found.values():
        raise Wrong(_("The table needs the column key: it tells which row is which."))
    return found


def read(kind: Kind, cells: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, Value]:
    """What a row says: column → value; empty cells are left out. Raises Wrong."""
    said: dict[str, Value] = {}
    for header, name in columns.items():
        text = cells.get(header, "").strip()
        if text:
            said[name] = _value(next(one for one in COLUMNS[kind] if one.name == name), text)
    key = said.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Wrong(_("key: 1 to 48 letters, digits, - and _ are needed."))
    return said


def _value(column: Column, text: str) -> Value:
    if text == CLEAR and column.clears:
        return {} if column.form in {Form.LEVELS, Form.CONDITION} else () if column.form is Form.KEYS else ""
    match column.form:
        case Form.NUMBER:
            return _number(column, text)
        case Form.WORD if text not in column.words:
            raise Wrong(_("%(column)s: one of %(words)s is needed."), column=column.name, words=", ".join(column.words))
        case Form.LEVELS:
            return dict(_level(column.name, word) for word in _words(text))
        case Form.CONDITION:
            return _condition(column.name, text)
        case Form.KEYS:
            return tuple(dict.fromkeys(_words(text)))
        case Form.DAY:
            return _day(column.name, text)
        case _ if len(text) > column.most or not text.isprintable():
            raise Wrong(
                _("%(column)s: at most %(most)s printable characters fit."), column=column.name, most=column.most
            )
    return text


def _day(name: str, text: str) -> date:
    if found := _DAY.fullmatch(text):
        try:
            return date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:
            pass  # there is no such day
    raise Wrong(_("%(column)s: a day such as 2026-12-01 is needed; “%(word)s” is not."), column=name, word=text[:40])


def _number(column: Column, text: str) -> int:
    if text.isascii() and text.isdigit() and column.least <= int(text) <= column.most:
        return int(text)
    raise Wrong(
        _("%(column)s: a whole number from %(least)s to %(most)s is needed."),
        column=column.name, least=column.least, most=column.most,
    )  # fmt: skip


def _words(text: str) -> list[str]:
    return [word for word in _SPLIT.split(text) if word]


def _condition(name: str, text: str) -> dict[str, Any]:
    words = _words(text.replace("：", ":"))
    if all(_LEVEL.fullmatch(word) for word in words):
        return dict(_level(name, word) for word in words)
    try:
        return stored(parse(text))
    except Unreadable as why:
        raise Wrong(why.sentence, **why.values) from None


def _level(name: str, word: str) -> tuple[str, int]:
    key, colon, level = word.replace("：", ":").partition(":")
    if not (colon and _KEY.fullmatch(key) and level in {"1", "2", "3", "4", "5"}):
        raise Wrong(
            _("%(column)s: write skills as billing:3, levels 1 to 5; “%(word)s” is not."), column=name, word=word[:40]
        )
    return key, int(level)


def written(value: Value) -> str:
    """A value as a cell holds it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict) and not is_short(value):
        return condition(value).text()
    if isinstance(value, dict):
        return " ".join(f"{key}:{level}" for key, level in sorted(value.items())) or CLEAR
    return (" ".join(sorted(value)) or CLEAR) if isinstance(value, tuple) else str(value)
