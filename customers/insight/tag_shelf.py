"""Every tag there is, as people keep it: what rules it, how many have it, a new one with its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from customers.insight import queries, tags
from customers.insight.models import Tag, TagRule
from customers.segments import counting
from customers.segments.compilers import Dialect

NOBODY: dict[str, Any] = {"any": []}  # a rule that holds for nobody: with it a rule is ended, and its tags come off
_LONGEST_KEY, _LONGEST_NAME = 48, 80


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """A tag with its rule of today (None: by hand, model or import alone) and how many have it."""

    tag: Tag
    rule: TagRule | None
    held: int


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """All tags; `as_of` is the age of the counts, None before the first night."""

    tags: tuple[Shelved, ...]
    as_of: datetime | None


def shelf(*, now: datetime) -> Shelf:
    """Every tag, by layer and key. Two statements and a count over the mirror."""
    counts, as_of, _engine = counting.asked(_held, now)
    held: Mapping[Any, int] = {key: int(many) for key, many in counts}
    rules = {one.tag_id: one for one in TagRule.objects.filter(closed_at__isnull=True) if one.tree != NOBODY}
    every = Tag.objects.order_by("layer", "key")
    found = (Shelved(tag=tag, rule=rules.get(tag.pk), held=held.get(tag.key, 0)) for tag in every)
    return Shelf(tags=tuple(found), as_of=as_of)


def _held(dialect: Dialect, _now: datetime) -> tuple[str, dict[str, Any]]:
    each = f"SELECT unnest(f.tags) AS tag FROM {dialect.facts} AS f"  # noqa: S608 (a table of ours)
    return f"SELECT tag, count(*) FROM ({each}) AS held GROUP BY 1", {}  # noqa: S608


def one(*, key: str) -> tuple[Tag, list[TagRule]]:
    """A tag and the versions of its rule, newest first. Raises NotFound."""
    tag = queries.tag(key=key)
    return tag, list(TagRule.objects.filter(tag=tag).order_by("-version"))


@command
def create(*, name_en: str, name_zh: str, layer: str, actor: str, now: datetime) -> Tag:
    """A new tag; its key is made of the English name.

    Raises Invalid (no names, no such layer, a subject on which no tags are kept), Conflict where the key is taken.
    """
    name_en, name_zh = name_en.strip(), name_zh.strip()
    for field, name in (("name_en", name_en), ("name_zh", name_zh)):
        if not name or len(name) > _LONGEST_NAME:
            raise Invalid(_("Give the tag a name in each language, of at most 80 characters."), field=f"/{field}")
        if tags.is_unwanted(name):
            raise Invalid(
                _("No tags are kept on health, belief, politics, origin or intimate life, whatever they would be good for."),
                field=f"/{field}",
            )  # fmt: skip
    if layer not in tags.LAYERS:
        raise Invalid(_("Choose one of the layers of the list."), field="/layer")
    key = slugify(name_en).replace("-", "_")[:_LONGEST_KEY]
    if not key:
        raise Invalid(_("The English name makes the key of the tag: it needs Latin letters."), field="/name_en")
    if Tag.objects.filter(key=key).exists():
        raise Conflict(_("There is a tag of this name already."), code="name_taken")
    tag = Tag.objects.create(key=key, name_en=name_en, name_zh=name_zh, layer=layer)
    audit.write(actor=actor, action="tag.created", subject=f"tag:{key}", data={"layer": layer}, now=now)
    return tag
