"""Rows of every room that speak of a person, found by themselves: for exports. A new table is reached without being named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

Held = dict[type[models.Model], set[Any]]
_STEPS = 6  # of rows that hang on rows: a call, its survey, an answer


def rows_about(
    *, roots: Mapping[str, Collection[Any]], names: Mapping[str, Collection[Any]], leave: str
) -> dict[str, list[dict[str, Any]]]:
    """Rows by table: the roots (model label → keys), what points at them, and what bears their ids under these names.

    `names` are columns without a foreign key (a `call` kept as a UUID); tables of the app `leave` are told by their own room.
    """
    held: Held = {apps.get_model(label): set(keys) for label, keys in roots.items()}
    every = sorted(apps.get_models(), key=lambda model: model._meta.db_table)
    theirs = [model for model in every if model._meta.managed and model._meta.app_label != leave]
    for _step in range(_STEPS):
        before = sum(map(len, held.values()))
        for model in theirs:
            who = _who(model, held, names)
            if who:
                held.setdefault(model, set()).update(model._default_manager.filter(who).values_list("pk", flat=True))
        if sum(map(len, held.values())) == before:
            break
    return {
        model._meta.db_table: [_readable(row) for row in model._default_manager.filter(pk__in=keys).order_by("pk").values()]
        for model, keys in held.items()
        if keys and model._meta.app_label != leave
    }  # fmt: skip


def _who(model: type[models.Model], held: Held, names: Mapping[str, Collection[Any]]) -> Q:
    """Rows that point at a row we have, or bear one of the ids."""
    who = Q()
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and held.get(field.related_model):
            who |= Q(**{f"{field.name}__in": held[field.related_model]})
        elif isinstance(field, models.UUIDField) and names.get(field.name):
            who |= Q(**{f"{field.name}__in": names[field.name]})
    return who


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes | memoryview) else value for name, value in row.items()}
