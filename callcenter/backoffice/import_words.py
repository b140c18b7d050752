"""What codes of imports are called on their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

STATES: dict[str, Any] = {
    "uploaded": pgettext_lazy("import", "Say what its columns mean"), "held": pgettext_lazy("import", "Held"),
    "ready": gettext_lazy("Ready"), "running": gettext_lazy("Running"), "paused": pgettext_lazy("import", "Paused"),
    "done": gettext_lazy("Done"), "failed": gettext_lazy("Failed"), "cancelled": pgettext_lazy("import", "Cancelled"),
    "undone": pgettext_lazy("import", "Taken back"),
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "key": gettext_lazy("Key in its source"), "observed_at": gettext_lazy("When it was so"),
    "birth": gettext_lazy("Birth date or year"),
}  # fmt: skip


def gate(one: Mapping[str, Any], field: str) -> str:
    """Why a delivery is held, as a sentence; `field` is the name of the field that drifted."""
    now, before = float(one["now"]), float(one["before"])
    match one["code"]:
        case "few_rows":
            return _("Too few rows: %(now)s; the last delivery had %(before)s.") % _whole(now, before)
        case "many_rows":
            return _("Too many rows: %(now)s; the last delivery had %(before)s.") % _whole(now, before)
        case "refused":
            told = {"now": f"{now:.0%}", "before": f"{before:.0%}"}
            return _("Of the rows looked at %(now)s would be refused; at most %(before)s may be.") % told
        case _other:
            return _("“%(field)s” is distributed differently from the last delivery: PSI %(now)s, at most %(before)s.") % {
                "field": field, "now": f"{now:.2f}", "before": f"{before:.2f}",
            }  # fmt: skip


def _whole(now: float, before: float) -> dict[str, str]:
    return {"now": f"{now:,.0f}", "before": f"{before:,.0f}"}
