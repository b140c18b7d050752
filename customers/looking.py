"""Every table of the room for administrators to look into: ids, codes, numbers and times; never a value of a person."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.db import models

from callcenter.foundation.read_only import ReadOnly

# Texts that hold a word of a closed list, a name of a job or of one of us. Every other text stays unseen here.
CODES = frozenset(
    {
        "act", "actor", "author", "by", "channel", "code", "dimension", "encoding", "family", "field", "kind", "level", "origin",
        "purpose", "role", "rule", "source", "state", "status",
    }
)  # fmt: skip
_PLAIN = (
    models.IntegerField, models.FloatField, models.DecimalField, models.BooleanField, models.DateField, models.UUIDField,
    models.ForeignKey,
)  # fmt: skip
MOST = 10  # columns of a list


def shown(model: type[models.Model]) -> list[str]:
    """The fields of a table that say nothing of a person by themselves; others by their ids."""
    return [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, _PLAIN) or (isinstance(field, models.CharField) and (field.name in CODES or field.choices))
    ]


def register_the_rest() -> None:
    """Tables without a form of their own are seen, and only seen."""
    for model in apps.get_app_config("customers").get_models():
        if admin.site.is_registered(model) or isinstance(model._meta.pk, models.CompositePrimaryKey):
            continue
        fields = shown(model)
        looks = {
            "fields": fields,
            "list_display": ["pk", *fields][:MOST],
            "ordering": ["-pk"],
            "list_select_related": False,
        }
        admin.site.register(model, type(f"{model.__name__}Rows", (ReadOnly,), looks))
