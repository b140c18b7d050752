"""What rights, grounds and classes of kept data are called on these pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

RIGHTS: dict[str, Any] = {
    "export": pgettext_lazy("right", "Handed out"), "erase": pgettext_lazy("right", "Erased"),
    "restrict": pgettext_lazy("right", "Restricted"), "lift": pgettext_lazy("right", "Restriction lifted"),
    "correct": pgettext_lazy("right", "Corrected"), "explain": pgettext_lazy("right", "Explained"),
    "object": pgettext_lazy("right", "Refused conclusions"), "open": pgettext_lazy("right", "Looked at while restricted"),
}  # fmt: skip
GROUNDS: dict[str, Any] = {
    "accuracy": _("The person says that it is wrong"), "unlawful": _("Held without right; the person wants it kept, unused"),
    "claims": _("Needed for a legal claim"), "objection": _("An objection is being weighed"),
    "law": _("The law wants it kept"),
}  # fmt: skip
KEPT: dict[str, Any] = {
    "interactions": _("Contacts"), "usage": _("Use and bills by month"), "tag_log": _("What happened to tags"),
    "activity": _("Content used and places stayed at"), "circles": _("Places in circles"),
    "refused_rows": _("Rows that imports refused"), "provisional": _("Callers whom nobody could name"),
    "files": _("Files as they were delivered"), "handouts": _("What was handed out, as a file"),
    "record_versions": _("Earlier versions of records"),
}  # fmt: skip
ASKED: dict[str, Any] = {
    "export": pgettext_lazy("request", "Hand out everything we hold"), "erase": pgettext_lazy("request", "Erase a person"),
}  # fmt: skip
STATES: dict[str, Any] = {
    "asked": pgettext_lazy("request", "Waiting"), "running": pgettext_lazy("request", "Being done"),
    "done": pgettext_lazy("request", "Done"), "failed": pgettext_lazy("request", "Not done"),
}  # fmt: skip
TROUBLES: dict[str, Any] = {
    "erased": _("This customer has been erased already."), "not_found": _("There is no such customer."),
    "gave_up": _(
        "It was begun three times and never came to its end. Nothing was changed; the worker’s log says why. Ask again."
    ),
}  # fmt: skip
