"""What codes of circles, fraud, groups and clusters are called on these pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WORDS = {
    # states of a fraud case
    "suspected": pgettext_lazy("fraud", "Suspected"), "under_review": pgettext_lazy("fraud", "Under review"),
    "confirmed": pgettext_lazy("fraud", "Confirmed"), "cleared": pgettext_lazy("fraud", "Cleared"),
    # numbers behind a sign
    "numbers": _("numbers"), "people": _("people"), "contracts": _("contracts"), "day": _("day"), "calls": _("calls"),
    "years": _("years apart"), "refunds": _("refunds"), "purchases": _("purchases"), "times": _("times"),
    "cases": _("cases"),
}  # fmt: skip
