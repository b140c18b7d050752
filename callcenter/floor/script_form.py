"""The form of a script: rows of fields in, lines and objections out, and back. Nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customers.offers.models import ScriptVersion
from customers.offers.scripts.lines import MOST_LINES

_SPARE = 3  # empty rows below the last
_ARROW = "→"


@dataclass(frozen=True, kw_only=True)
class LineRow:
    number: int
    stage: str = "explain"
    text: str = ""
    must: bool = False
    when: str = ""
    instead: str = ""
    step: str = ""
    answers: str = ""  # Too dear → dear; Too slow → slow

    @property
    def has_more(self) -> bool:
        return bool(self.when or self.instead or self.step or self.answers)


@dataclass(frozen=True, kw_only=True)
class ObjectionRow:
    number: int
    kind: str = "too_dear"
    says: str = ""
    first: str = ""
    second: str = ""


@dataclass(frozen=True, kw_only=True)
class ScriptForm:
    """Everything the page shows in fields."""

    key: str = ""
    language: str = "zh-hans"
    cue: str = ""
    intent: str = ""
    offering: str = ""
    tags: str = ""
    moment: str = ""
    lines: tuple[LineRow, ...] = ()
    objections: tuple[ObjectionRow, ...] = ()


def blank() -> ScriptForm:
    return ScriptForm(lines=_padded(()), objections=_more(()))


def of_version(version: ScriptVersion) -> ScriptForm:
    """A version laid out in rows, with room below."""
    script = version.script
    lines = tuple(
        LineRow(
            number=number, stage=line["stage"], text=line["text"], must=line["mandatory"], when=line.get("when", ""),
            instead=line.get("instead", ""), step=line.get("step", ""),
            answers="; ".join(f"{one['says']} {_ARROW} {one['to']}" for one in line.get("answers", ())),
        )
        for number, line in enumerate(version.lines, start=1)
    )  # fmt: skip
    objections = tuple(
        ObjectionRow(
            number=number, kind=one["kind"], says=one["says"], first=one["answers"][0], second="".join(one["answers"][1:])
        )
        for number, one in enumerate(version.objections, start=1)
    )  # fmt: skip
    return ScriptForm(
        key=script.key, language=version.language, cue=version.cue, intent=script.intent,
        offering=script.offering.code if script.offering else "", tags=", ".join(script.tags), moment=script.moment,
        lines=_padded(lines), objections=_more(objections),
    )  # fmt: skip


def read(body: Mapping[str, str]) -> ScriptForm:
    """The form as it was sent; rows without a text are dropped."""
    lines = tuple(
        LineRow(
            number=number, stage=body.get(f"stage-{number}", ""), text=body.get(f"text-{number}", "").strip(),
            must=f"must-{number}" in body, when=body.get(f"when-{number}", "").strip(),
            instead=body.get(f"instead-{number}", "").strip(), step=body.get(f"step-{number}", "").strip(),
            answers=body.get(f"answers-{number}", "").strip(),
        )
        for number in range(1, MOST_LINES + _SPARE + 1)
        if body.get(f"text-{number}", "").strip()
    )  # fmt: skip
    objections = tuple(
        ObjectionRow(
            number=number, kind=body.get(f"kind-{number}", ""), says=body.get(f"says-{number}", "").strip(),
            first=body.get(f"first-{number}", "").strip(), second=body.get(f"second-{number}", "").strip(),
        )
        for number in range(1, 20)
        if body.get(f"says-{number}", "").strip()
    )  # fmt: skip
    plain = {
        name: body.get(name, "").strip() for name in ("key", "language", "cue", "intent", "offering", "tags", "moment")
    }
    return ScriptForm(**plain, lines=_padded(lines), objections=_more(objections))


def content(form: ScriptForm) -> dict[str, Any]:
    """What `scripts.operations.draft` takes."""
    return {
        "key": form.key, "language": form.language, "cue": form.cue, "intent": form.intent,
        "offering_code": form.offering, "moment": form.moment,
        "tags": [tag.strip() for tag in form.tags.split(",") if tag.strip()],
        "lines": [_line(row) for row in form.lines if row.text],
        "objections": [
            {"kind": row.kind, "says": row.says, "answers": [text for text in (row.first, row.second) if text]}
            for row in form.objections
            if row.says
        ],
    }  # fmt: skip


def _line(row: LineRow) -> dict[str, Any]:
    more: dict[str, Any] = {name: value for name in ("when", "instead", "step") if (value := getattr(row, name))}
    if row.answers:
        pairs = (
            one.replace("->", _ARROW).partition(_ARROW)
            for one in row.answers.replace("；", ";").split(";")
            if one.strip()
        )
        more["answers"] = [{"says": says.strip(), "to": to.strip()} for says, _arrow, to in pairs]
    return {"stage": row.stage, "text": row.text, "mandatory": row.must, **more}


def _padded(rows: tuple[LineRow, ...]) -> tuple[LineRow, ...]:
    numbered = [LineRow(**{**row.__dict__, "number": place}) for place, row in enumerate(rows, start=1)]
    spare = [LineRow(number=len(rows) + extra) for extra in range(1, _SPARE + 1)]
    return (*numbered, *spare)


def _more(rows: tuple[ObjectionRow, ...]) -> tuple[ObjectionRow, ...]:
    numbered = [ObjectionRow(**{**row.__dict__, "number": place}) for place, row in enumerate(rows, start=1)]
    return (*numbered, ObjectionRow(number=len(rows) + 1))
