"""Reading flows: what is published, and what its nodes are called."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from callcenter.foundation.errors import NotFound
from ivr.flows.definition import Definition, Label
from ivr.models import Flow, FlowVersion

DEFINITIONS = Path(__file__).parent / "definitions"


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """One version of a flow."""

    id: int
    flow: str
    name_en: str
    name_zh: str
    entries: tuple[str, ...]  # numbers dialled that lead here
    number: int
    state: str  # draft | published | retired
    effective_from: datetime | None
    definition: Definition


def published(*, key: str) -> VersionView:
    """The version callers hear now. Raises NotFound if the flow has none."""
    row = FlowVersion.objects.select_related("flow").filter(flow__key=key, state="published").first()
    if row is None:
        raise NotFound(f"No version of the flow {key!r} is published.")
    return view(row)


def flows() -> tuple[VersionView, ...]:
    """The published version of every flow, by key."""
    rows = FlowVersion.objects.select_related("flow").filter(state="published").order_by("flow__key")
    return tuple(view(row) for row in rows)


def reason_names() -> dict[str, Label]:
    """What the reasons of the menus that callers hear are called."""
    return {code: name for one in flows() for code, name in one.definition.reasons.items()}


def version(*, version_id: int) -> VersionView | None:
    """One version by its row, whatever became of it since; None if there is none or it is a draft."""
    row = FlowVersion.objects.select_related("flow").filter(pk=version_id).exclude(state="draft").first()
    return view(row) if row else None


def definition_of(*, version_id: int | None) -> Definition | None:
    """The definition of one version; None for a session whose flow is not known."""
    return None if version_id is None else _definition(version_id)


def definitions_of(*, version_ids: Iterable[int | None]) -> dict[int, Definition]:
    """Definitions by version id, for a batch."""
    return {number: _definition(number) for number in set(version_ids) if number is not None}


def definitions_named(*, names: Iterable[str]) -> list[Definition]:
    """Definitions by `flow/number`, flow by flow, the oldest first; names that nobody knows are left out."""
    wanted = {tuple(name.rsplit("/", 1)) for name in names if "/" in name}
    rows = FlowVersion.objects.filter(flow__key__in={flow for flow, _ in wanted}).order_by("flow__key", "number")
    known = rows.values_list("id", "flow__key", "number")
    return [_definition(number) for number, flow, version in known if (flow, str(version)) in wanted]


def shipped(name: str = "operator") -> dict[str, Any]:
    """A definition that comes with the product: the operator's own menus."""
    content: dict[str, Any] = json.loads((DEFINITIONS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def version_ids(*, flow: str) -> tuple[int, ...]:
    """Every version of a flow, oldest first."""
    return tuple(FlowVersion.objects.filter(flow__key=flow).order_by("number").values_list("id", flat=True))


def choose_version(*, flow: str, number: int | None, entry: str) -> int | None:
    """Which version a new session walks: as named, else the published one of the flow, else by number dialled."""
    if flow:
        rows = FlowVersion.objects.filter(flow__key=flow).exclude(state="draft")
        rows = rows.filter(number=number) if number is not None else rows.filter(state="published")
        return rows.values_list("id", flat=True).first()
    live = FlowVersion.objects.filter(state="published")
    by_entry = live.filter(flow__entries__contains=[entry]).values_list("id", flat=True).first() if entry else None
    if by_entry is not None or Flow.objects.count() != 1:
        return by_entry
    return live.values_list("id", flat=True).first()


@lru_cache(maxsize=64)
def _definition(version_id: int) -> Definition:
    # A published version never changes (a trigger says so), so what was read once stays true.
    content = FlowVersion.objects.values_list("definition", flat=True).get(pk=version_id)
    return Definition(content)


def view(row: FlowVersion) -> VersionView:
    """A row with its flow, as others read it."""
    return VersionView(
        id=row.pk,
        flow=row.flow.key,
        name_en=row.flow.name_en,
        name_zh=row.flow.name_zh,
        entries=tuple(row.flow.entries),
        number=row.number,
        state=row.state,
        effective_from=row.effective_from,
        definition=Definition(row.definition),
    )
