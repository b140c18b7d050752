"""What codes of imports are called on their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.imports import kinds

STATES: dict[str, Any] = {
    "uploaded": pgettext_lazy("import", "Say what its columns mean"), "held": pgettext_lazy("import", "Held"),
    "ready": gettext_lazy("Ready"), "running": gettext_lazy("Running"), "paused": pgettext_lazy("import", "Paused"),
    "done": gettext_lazy("Done"), "failed": gettext_lazy("Failed"), "cancelled": pgettext_lazy("import", "Cancelled"),
    "undone": pgettext_lazy("import", "Taken back"),
}  # fmt: skip
KINDS = kinds.names()
FIELDS: dict[str, Any] = kinds.field_names() | {
    "key": gettext_lazy("Key in its source"), "observed_at": gettext_lazy("When it was so"),
    "birth": gettext_lazy("Birth date or year"),
}  # fmt: skip

OUTCOMES: dict[str, Any] = {
    "": pgettext_lazy("feed", "not looked for yet"), "taken": pgettext_lazy("feed", "taken"),
    "nothing": pgettext_lazy("feed", "nothing new"), "held": pgettext_lazy("import", "Held"), "failed": gettext_lazy("Failed"),
}  # fmt: skip
STEPS: dict[str, Any] = {
    "trim": gettext_lazy("Single blanks"), "half_width": gettext_lazy("Full width to half width"),
    "digits": gettext_lazy("Digits only"), "upper": gettext_lazy("Capital letters"), "lower": gettext_lazy("Small letters"),
    "cut": gettext_lazy("Cut out a part"), "date": gettext_lazy("Read as a date"), "codes": gettext_lazy("Codes to meanings"),
    "fill": gettext_lazy("Fill where empty"), "split": gettext_lazy("Split into columns"), "join": gettext_lazy("Join columns"),
    "constant": gettext_lazy("The same for all rows"),
}  # fmt: skip
STEP_HELP: dict[str, Any] = {
    "trim": gettext_lazy("Several blanks become one."), "half_width": gettext_lazy("１３８ becomes 138, （） becomes ()."),
    "digits": gettext_lazy("Everything but digits goes."), "upper": gettext_lazy("x becomes X."),
    "lower": gettext_lazy("X becomes x."),
    "cut": gettext_lazy("With 1-6: the first six signs; with 7-: all from the seventh on."),
    "date": gettext_lazy("With the way it is written: DD.MM.YYYY, MM/DD/YYYY HH:mm, YYYYMMDD; or excel, for numbers of days."),
    "codes": gettext_lazy("With the table: 1=mr; 2=ms. Codes that are not in it stay; * stands for all of them."),
    "fill": gettext_lazy("With the value that an empty cell gets."),
    "split": gettext_lazy("With the sign between the parts (a blank if nothing is said), into: family name, given name."),
    "join": gettext_lazy("Columns with + between them, with the sign between their values, into one column."),
    "constant": gettext_lazy("With the value, into the column that gets it."),
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
