"""Enums as a table's choices."""

from __future__ import annotations


def choices(states: type) -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in states]  # type: ignore[attr-defined]
