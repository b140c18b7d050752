"""What is done to the cells of a row before its columns are read: a closed list of steps, kept as data. Pure.

A step is {"do", "column", "with", "into"}. Steps are done in their order; what one makes, the next may use.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from customers.imports.refusals import Wrong
from customers.imports.refusals import gettext_noop as _

Cells = dict[str, str]
MOST_STEPS = 40
LONGEST = {"column": 200, "with": 2_000, "into": 400}
BETWEEN = "+"  # between the columns of a join
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})", "HH": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{1,2})", "ss": r"(?P<second>\d{1,2})",
}  # fmt: skip
_EXCEL = "excel"  # days since the end of 1899, as spreadsheets count
_EXCEL_DAY_0 = date(1899, 12, 30)
_PAIR = re.compile(r"[;；\n]")
_CUT = re.compile(r"(\d{1,3})?\s*-\s*(\d{1,3})?")


class Step(NamedTuple):
    """One step: what is done, to which column (of a join: several, a + between), with what, into which."""

    do: str
    column: str = ""
    told: str = ""
    into: str = ""


Act = Callable[[str], str]


def read(steps: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Steps as they are kept, as steps; those that do nothing are left out. Raises Wrong."""
    if len(steps) > MOST_STEPS:
        raise Wrong("", _("At most %(most)s steps are taken."), most=MOST_STEPS)
    found = []
    for one in steps:
        do = str(one.get("do", ""))
        if not do:
            continue
        if do not in DOES:
            raise Wrong(
                "", _("There is no step “%(step)s”. Steps are: %(steps)s."), step=do[:40], steps=", ".join(DOES)
            )
        for part, longest in LONGEST.items():
            if len(str(one.get(part, ""))) > longest:
                raise Wrong("", _("A step says at most %(most)s signs there."), most=longest)
        # blanks count where they separate or stand for something
        found.append(
            Step(do, str(one.get("column", "")).strip(), str(one.get("with", "")), str(one.get("into", "")).strip())
        )
    return found


def kept(steps: Sequence[Step]) -> list[dict[str, str]]:
    """Steps as they are kept."""
    return [{"do": one.do, "column": one.column, "with": one.told, "into": one.into} for one in steps]


def header_after(steps: Sequence[Step], header: Sequence[str]) -> list[str]:
    """The columns there are once the steps are done. Raises Wrong for a step that cannot be done with these columns."""
    columns = dict.fromkeys(header)
    for one in steps:
        if missing := [name for name in sources_of(one) if name not in columns]:
            raise Wrong("", _("The file has no column %(name)s."), name=missing[0][:80] or "“”")
        DOES[one.do](one)  # says what is wrong with it
        columns |= dict.fromkeys(targets_of(one))
    return list(columns)


def prepared(steps: Sequence[Step]) -> Callable[[Mapping[str, str]], Cells]:
    """What the steps make of the cells of one row. The answer raises Wrong for a row they cannot be done to."""
    acts = [DOES[one](step) for one, step in ((step.do, step) for step in steps)]

    def done(cells: Mapping[str, str]) -> Cells:
        now = dict(cells)
        for act in acts:
            act(now)
        return now

    return done


def sources_of(one: Step) -> list[str]:
    """The columns a step reads."""
    if one.do == "constant":
        return []
    return [name.strip() for name in one.column.split(BETWEEN)] if one.do == "join" else [one.column]


def targets_of(one: Step) -> list[str]:
    """The columns a step writes."""
    if one.do == "split":
        return [name.strip() for name in re.split(r"[,，、]", one.into) if name.strip()]
    return [one.into or one.column]


def _each(make: Callable[[Step], Act]) -> Callable[[Step], Callable[[Cells], None]]:
    """A step that makes one text of one text, in its place or into another column."""

    def built(one: Step) -> Callable[[Cells], None]:
        act, source, target = make(one), one.column, one.into or one.column

        def done(cells: Cells) -> None:
            cells[target] = act(cells.get(source, ""))

        return done

    return built


def _cut(one: Step) -> Act:
    found = _CUT.fullmatch(one.told.strip())
    if found is None or not (found[1] or found[2]):
        raise Wrong("", _("Say from which sign to which: 1-6, or 7- for all from the seventh on."))
    first, last = int(found[1] or 1) - 1, int(found[2]) if found[2] else None
    return lambda text: text.strip()[max(first, 0) : last]


def _date(one: Step) -> Act:
    form = one.told.strip()
    if form.lower() == _EXCEL:
        return lambda text: _from_excel(one.column, text.strip())
    tokens = [part for part in re.split("(" + "|".join(_TOKENS) + ")", form) if part]
    if not {"YYYY", "MM", "DD"} <= set(tokens) or any(tokens.count(name) > 1 for name in _TOKENS):
        raise Wrong(
            "", _("Say how dates are written, with YYYY, MM and DD: DD.MM.YYYY, or MM/DD/YYYY HH:mm; or excel.")
        )
    pattern = re.compile("".join(_TOKENS.get(part, re.escape(part)) for part in tokens))
    return lambda text: _rewritten(one.column, form, pattern, text.strip())


def _rewritten(column: str, form: str, pattern: re.Pattern[str], text: str) -> str:
    if not text:
        return ""
    found = pattern.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        part = {name: int(value) for name, value in found.groupdict().items()}
        day = datetime(part["year"], part["month"], part["day"], tzinfo=UTC)
        moment = day.replace(hour=part.get("hour", 0), minute=part.get("minute", 0), second=part.get("second", 0))
    except ValueError:
        raise Wrong(column, _("“%(value)s” is not written as %(form)s."), value=text[:40], form=form) from None
    return f"{moment:%Y-%m-%d %H:%M:%S}" if "hour" in part else f"{moment:%Y-%m-%d}"


def _from_excel(column: str, text: str) -> str:
    if not text:
        return ""
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        raise Wrong(column, _("“%(value)s” is not written as %(form)s."), value=text[:40], form=_EXCEL)
    return (_EXCEL_DAY_0 + timedelta(days=int(float(text)))).isoformat()


def _codes(one: Step) -> Act:
    pairs = [part.replace("＝", "=").partition("=") for part in _PAIR.split(one.told) if part.strip()]
    table = {code.strip(): meaning.strip() for code, equals, meaning in pairs if equals}
    if not pairs or len(table) < len(pairs):
        raise Wrong(
            "", _("Write the table as code=meaning; code=meaning, each code once; * stands for every other code.")
        )
    rest = table.get("*")
    return lambda text: table.get(text.strip(), text if rest is None or not text.strip() else rest)


def _split(one: Step) -> Callable[[Cells], None]:
    names, between = targets_of(one), one.told or " "
    if len(names) < 2:
        raise Wrong("", _("Say into which columns, with commas between: family name, given name."))

    def done(cells: Cells) -> None:
        parts = [part.strip() for part in cells.get(one.column, "").strip().split(between, len(names) - 1)]
        cells |= dict(zip(names, parts + [""] * len(names), strict=False))

    return done


def _join(one: Step) -> Callable[[Cells], None]:
    names = sources_of(one)
    if len(names) < 2 or not one.into:
        raise Wrong("", _("Name two or more columns with + between them, and the column they become."))

    def done(cells: Cells) -> None:
        cells[one.into] = one.told.join(part for name in names if (part := cells.get(name, "").strip()))

    return done


def _constant(one: Step) -> Callable[[Cells], None]:
    if not one.into:
        raise Wrong("", _("Say which column gets the value."))

    def done(cells: Cells) -> None:
        cells[one.into] = one.told

    return done


DOES: Mapping[str, Callable[[Step], Callable[[Cells], None]]] = {
    "trim": _each(lambda one: lambda text: " ".join(text.split())),
    "half_width": _each(lambda one: lambda text: unicodedata.normalize("NFKC", text)),
    "digits": _each(lambda one: lambda text: "".join(re.findall("[0-9]", unicodedata.normalize("NFKC", text)))),
    "upper": _each(lambda one: str.upper),
    "lower": _each(lambda one: str.lower),
    "cut": _each(_cut),
    "date": _each(_date),
    "codes": _each(_codes),
    "fill": _each(lambda one: lambda text: text if text.strip() else one.told),
    "split": _split,
    "join": _join,
    "constant": _constant,
}
