"""Kinds of callers as learning and playing name them (value:gold, intent:billing, tag:…), in words."""

from __future__ import annotations

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

import ivr.flows.queries
from callcenter.floor.words import Words
from customers.activity import meaning
from customers.insight.tags import DEFINITIONS

KINDS: Words = {
    "individual": _("individuals"),
    "household": _("households"),
    "campus": _("campuses"),
    "enterprise": _("enterprises"),
    "complaint": _("with an open complaint"),
}
TIERS: Words = {
    "diamond": _("Diamond"),
    "gold": _("Gold"),
    "silver": _("Silver"),
    "standard": _("Standard"),
}


def caller_type(name: str) -> str:
    """In the reader's language; a code that nobody has named stays what it is."""
    family, _sign, code = name.partition(":")
    chinese = (get_language() or "").startswith("zh")
    if not code:
        return str(KINDS.get(name, name))
    if family == "value":
        return gettext("value: %(tier)s") % {"tier": TIERS.get(code, code)}
    if family == "intent":
        label = ivr.flows.queries.reason_names().get(code)
        return gettext("reason: %(reason)s") % {"reason": (label.zh if chinese else label.en) if label else code}
    return tag_name(code, chinese=chinese)


def tag_name(key: str, *, chinese: bool) -> str:
    """A defined tag, one that arose by itself (likes:short_video), or the key of one that the installation added."""
    tag = DEFINITIONS.get(key)
    if tag is not None:
        return tag.name_zh if chinese else tag.name_en
    english, own = meaning.names(key) if key.startswith(("likes:", "home:", "work:")) else (key, key)
    return own if chinese else english
