"""The editor's form: what was typed becomes a change of the definition, and stays in its fields if it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.foundation.numbers import whole
from ivr.flows import editing
from ivr.flows.advice import heard_at, spoken
from ivr.flows.definition import Json

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One choice of the table: as it stands, or as it was typed."""

    place: int  # in the spoken order, from 1
    key: str
    target: str
    reason: str
    label: dict[str, str]
    seconds: dict[str, str]
    heard: dict[str, float]  # when its announcement has been spoken, s; by language


def read_node(typed: Mapping[str, str]) -> editing.NodeForm:
    """The fields of one node."""
    rows = whole(typed.get("rows", "")) or 0
    return editing.NodeForm(
        kind=typed.get("kind", ""),
        label=_by_language(typed, "label"),
        prompt=_by_language(typed, "prompt"),
        seconds=_by_language(typed, "seconds"),
        timeout_s=typed.get("timeout_s", ""),
        attempts=typed.get("attempts", ""),
        repeat=typed.get("repeat", ""),
        queue=typed.get("queue", ""),
        ways={way: typed.get(way, "") for way in editing.WAYS},
        choices=[
            editing.ChoiceForm(
                key=typed.get(f"c{place}-key", ""),
                target=typed.get(f"c{place}-target", ""),
                reason=typed.get(f"c{place}-reason", ""),
                label=_by_language(typed, f"c{place}-label"),
                seconds=_by_language(typed, f"c{place}-seconds"),
            )
            for place in range(1, min(rows, 40) + 1)
        ],
    )


def _by_language(typed: Mapping[str, str], name: str) -> dict[str, str]:
    return {language: typed.get(f"{name}-{language}", "") for language in LANGUAGES}


def read_flow(typed: Mapping[str, str]) -> editing.FlowForm:
    """The fields of the flow as a whole."""
    return editing.FlowForm(
        root=typed.get("root", ""),
        no_person="no_person" in typed,
        name=_by_language(typed, "name"),
        entries=typed.get("entries", ""),
        reasons=typed.get("reasons", ""),
    )


def node_fields(node: Json, typed: Mapping[str, str] | None) -> dict[str, Any]:
    """What stands in the fields of a node."""
    if typed is not None:
        form = read_node(typed)
        return vars(form) | {"key": node["key"], "rows": [_typed_row(place, one) for place, one in _placed(form)]}
    prompt = node.get("prompt", {})
    return {
        "key": node["key"],
        "kind": node["kind"],
        "label": dict(node.get("label", {})),
        "prompt": {language: prompt.get(language, {}).get("text", "") for language in LANGUAGES},
        "seconds": {language: _text(prompt.get(language, {}).get("seconds")) for language in LANGUAGES},
        "timeout_s": _text(node.get("timeout_s")),
        "attempts": _text(node.get("attempts")),
        "repeat": node.get("repeat", ""),
        "queue": node.get("queue", ""),
        "ways": {way: node.get(way, "") for way in editing.WAYS},
        "rows": _rows(node),
    }


def _placed(form: editing.NodeForm) -> enumerate[editing.ChoiceForm]:
    return enumerate(form.choices, start=1)


def _typed_row(place: int, form: editing.ChoiceForm) -> Row:
    return Row(
        place=place, key=form.key, target=form.target, reason=form.reason, label=dict(form.label),
        seconds=dict(form.seconds), heard={},
    )  # fmt: skip


def _rows(node: Json) -> list[Row]:
    heard = {language: [at for _, at in heard_at(node, language)] for language in LANGUAGES}
    return [
        Row(
            place=place,
            key=choice["key"],
            target=choice["target"],
            reason=choice.get("reason", ""),
            label=dict(choice.get("label", {})),
            seconds={language: _text(choice.get("seconds", {}).get(language)) for language in LANGUAGES},
            heard={language: some[place - 1] for language, some in heard.items()},
        )
        for place, choice in enumerate(spoken(node), start=1)
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)
