"""What the codes of satisfaction are called on its pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = dict[str, "str | Promise"]

REACHED: Words = {
    "agent": _("talked with an agent"),
    "queue": _("waited and left"),
    "menus": _("never left the menus"),
}
REASONS: Words = {
    "invited": _("invited"),
    "by_switch": _("asked by the menus themselves"),
    "no_plan": _("no plan is meant for such calls"),
    "too_short": _("too short to judge"),
    "caller_left": _("the caller hung up first"),
    "no_number": _("nowhere to send or ring"),
    "lately": _("asked lately"),
    "not_drawn": _("outside the share that is asked"),
    "policy": _("the contact policy says no"),
}
STATES: Words = {
    "not_invited": _("not invited"),
    "invited": _("invited, no answer"),
    "started": _("answered in part"),
    "complete": _("answered"),
}
CHANNELS: Words = {"voice": _("keys on the line"), "link": _("link"), "callback": _("callback")}
TASK_LISTS: Words = {"undone": _("To do"), "mine": _("Mine"), "closed": _("Done")}
TASK_RESULTS: Words = {
    "solved": _("solved"),
    "explained": _("explained, the caller is content now"),
    "unreachable": _("could not be reached"),
    "no_action": _("nothing to be done"),
}
REFUSALS: Words = {  # of following up, by code, field and whether it has an owner
    "invalid_field/result": _("Choose what came of it."),
    "invalid_field/note": _(
        "Write down what came of it, in at most 480 characters; whoever meets this caller next will read it."
    ),
    "task_moved": _("Take this task first, or look at the list again: it is nobody's, or closed."),
    "task_moved:owned": _("Somebody else took this task; look at the list again."),
}
DIMENSIONS: Words = {
    "agent": _("Agent"),
    "queue": _("Queue"),
    "reason": _("Reason of the call"),
    "path": _("End of the way through the menus"),
    "version": _("Version of the menus"),
    "channel": _("Channel"),
}
DRIVERS: Words = {
    "wait": _("Wait"),
    "talk": _("Talk time"),
    "reason": _("Reason of the call"),
    "path": _("Way through the menus"),
    "repeated": _("Had called within seven days"),
    "transfers": _("Transfers"),
    "hour": _("Hour of the day"),
    "agent": _("Agent"),
}
VERDICTS: Words = {
    "better": _("better than peers"),
    "like": _("like peers"),
    "below": _("below peers"),
    "few": _("too few answers"),
}
RESULTS: Words = {
    "eligible": _("Calls that could be asked about"),
    "invited": _("Invited"),
    "started": _("Answered at least one question"),
    "complete": _("Answered every question"),
    "scored": _("With a score"),
    "good": _("Satisfied"),
    "bad": _("Not content"),
    "comment": _("With a comment"),
    "caller_left": _("The caller hung up first"),
    "not_invited": _("Not invited"),
}
KINDS: dict[str, Words] = {
    "reached": REACHED, "reason": REASONS, "state": STATES, "channel": CHANNELS, "dimension": DIMENSIONS,
    "driver": DRIVERS, "verdict": VERDICTS, "result": RESULTS,
    "task_list": TASK_LISTS, "task_result": TASK_RESULTS,
}  # fmt: skip
