"""What codes of circles, fraud, groups and clusters are called on these pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from callcenter.backoffice.insight_words import INSIGHT_WORDS
from callcenter.backoffice.words import WORDS as BACKOFFICE

WORDS = {
    **BACKOFFICE,
    **INSIGHT_WORDS,  # here an app and the web are channels, not identifiers
    # states of a fraud case
    "suspected": pgettext_lazy("fraud", "Suspected"), "under_review": pgettext_lazy("fraud", "Under review"),
    "confirmed": pgettext_lazy("fraud", "Confirmed"), "cleared": pgettext_lazy("fraud", "Cleared"),
    # numbers behind a sign
    "numbers": _("numbers"), "people": _("people"), "contracts": _("contracts"), "day": _("day"),
    "calls": pgettext_lazy("evidence", "calls"),
    "years": _("years apart"), "refunds": _("refunds"), "purchases": _("purchases"), "times": _("times"),
    "cases": _("cases"),
    # groups: what they are, and by what they are looked at
    "products": pgettext_lazy("group", "Products"), "tags": _("Tags"), "segments": _("Segments"),
    "age": _("Age"), "region": _("Region"),
    "circle": _("Circle"), "level": _("Membership level"), "value_tier": _("Value tier"), "lifecycle": _("Lifecycle"),
    "channel": _("Preferred channel"), "motive": _("Motive of purchases"), "plan": _("Main plan"),
    "kind": pgettext_lazy("customer", "Kind"),
    "alone": _("in no circle"), "member": pgettext_lazy("circle", "Member"), "days": _("days"), "yuan": _("yuan"),
    "min": _("minutes"),
}  # fmt: skip
