"""What the codes of the menus are called on their pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = dict[str, "str | Promise"]

STEPS: Words = {
    "enter": _("enters"),
    "prompt_start": _("announcement begins"),
    "prompt_end": _("announcement ends"),
    "note": _("note of the system"),
    "noinput": _("no input"),
    "nomatch": _("not understood"),
    "badkey": _("wrong key"),
    "key": _("key"),
    "speech": _("word"),
    "timeout": _("attempts used up"),
    "repeat": _("hears it again"),
    "back": _("goes back"),
    "restart": _("back to the start"),
    "zero_out": _("asks for a person"),
    "task_start": _("task begins"),
    "task_ok": _("task done"),
    "task_fail": _("task failed"),
    "survey": _("survey answer"),
    "transfer": _("leaves for an agent"),
    "hangup": _("hangs up"),
    "sys_end": _("system ends the call"),
}
MEASURES: Words = {
    "drop_off": _("Drop-off"),
    "zero_out": _("Asked for a person"),
    "error": _("Visits with an error"),
    "done": _("Task done"),
    "transfer": _("To an agent"),
}
PROPOSAL: Words = {
    "proposed": _("Proposed"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "published": _("Published"),
}
