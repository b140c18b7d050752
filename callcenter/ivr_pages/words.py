"""What the codes of the menus are called on their pages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
    "rejected": pgettext_lazy("menu", "Rejected"),
    "published": _("Published"),
}

KIND: Words = {
    "menu": _("menu"),
    "announcement": _("announcement"),
    "input": _("input of digits"),
    "task": _("task"),
    "transfer": _("transfer"),
    "survey": _("survey"),
    "end": _("end"),
}
WAY: Words = {
    "next": pgettext_lazy("menu", "Then"),
    "on_timeout": _("After silence"),
    "on_error": _("After errors"),
    "back": _("Back"),
    "zero_out": _("Asks for a person"),
}
VERSION: Words = {
    "draft": _("Draft"),
    "trial": _("On trial"),
    "published": _("Published"),
    "retired": _("Retired"),
    "writing": _("being written"),
    "offered": _("waits for agreement"),
    "approved": _("agreed to"),
}
CHANGE: Words = {
    "added": _("node added"),
    "removed": _("node removed"),
    "changed": _("changed"),
    "key_moved": _("key moves"),
    "choice_added": _("choice added"),
    "choice_removed": _("choice removed"),
}
IMPORT: Words = {
    "running": _("at work"),
    "done": _("done"),
    "failed": _("failed"),
}
# What changed, and what to do about it: by the kinds of ivr/paths/findings.py.
TROUBLE: Words = {
    "worse_version": _("The new version serves callers worse"),
    "wrong_queue": _("Calls land in another queue than they used to"),
    "misleading_label": _("More callers of this option want something else"),
    "buried_service": _("Callers of this service ask for a person instead"),
    "dead_key": _("More callers press a key that does nothing"),
    "short_timeout": _("More callers are too late"),
    "loop_trap": _("More callers hear the menu again"),
    "long_prompt": _("The announcement is listened to for longer"),
    "more_ask": _("More callers ask for a person"),
    "more_leave": _("More callers hang up"),
}
TODO: Words = {
    "worse_version": _("Compare both versions, put back what moved, or publish the former one again."),
    "wrong_queue": _("Look at the transfer in the menus and at the rules of the queue it should lead to."),
    "misleading_label": _("Say the option in the callers' words; listen to some of these calls first."),
    "buried_service": _("Name the service plainly and earlier in the spoken order."),
    "dead_key": _("Dial in and press every key; look whether the keys of this node were changed at the switch."),
    "short_timeout": _("Give callers more time, or say the important option first."),
    "loop_trap": _("Follow one of these calls: something leads back instead of on."),
    "long_prompt": _("Shorten the announcement; put what most want in front."),
    "more_ask": _("Follow some of these calls; no key, time or announcement of this node explains it."),
    "more_leave": _("Follow some of these calls; no key, time or announcement of this node explains it."),
}
# What is wrong with a definition, what could be better, what cannot be typed: by the codes of ivr/flows.
FAULTS: Words = {
    "field_missing": _("The flow needs “{name}”; it is missing or of another type."),
    "wrong_type": _("“{name}” is of another type than the format of menus says."),
    "reason_without_code": _("Every reason needs a code."),
    "written_as_no_list": _("The ways of writing a reason down are a list of codes."),
    "node_without_key": _("Node number {number} has no key."),
    "bad_kind": _("The kind must be one of {kinds}."),
    "choice_incomplete": _("Every choice needs a key and a target."),
    "key_of_two_nodes": _("Two nodes bear the key “{key}”."),
    "no_root": _("The root “{key}” is not among the nodes."),
    "node_unlabelled": _("The node has no label in “{language}”."),
    "no_choices": _("A menu needs at least one choice."),
    "key_clash": _("The key “{key}” is used {times} times."),
    "key_repeats": _("The key “{key}” is a choice and also repeats the announcement."),
    "order_gap": _("The spoken order has a gap: positions run 1, 2, 3 …"),
    "unknown_target": _("The choice leads to “{target}”, which is not among the nodes."),
    "unknown_reason": _("The reason “{reason}” is not among the reasons of the flow."),
    "choice_unlabelled": _("The choice has no label in “{language}”."),
    "unknown_way": _("“{way}” leads to “{target}”, which is not among the nodes."),
    "no_next": _("The node says nothing of what comes after it."),
    "no_queue": _("A transfer needs the queue it leads to."),
    "unreachable": _("No way leads to this node from the root."),
    "no_person": _("No way leads from this menu to a person; tick “may lead to nobody” if that is meant."),
    "dead_end": _("Nobody who comes here gets out: no way leads to a transfer, a task or an end."),
    "no_seconds": _("The announcement has no duration in “{language}”."),
    "choice_no_seconds": _("The choice “{key}” has no duration in “{language}”."),
    "long_menu": _("The last option is spoken after {seconds:.0f} s in “{language}”; few listen longer than 30 s."),
    "many_options": _("{number} options; more than 9 are not remembered."),
    "keys_out_of_order": _("The keys are not spoken in ascending order; callers expect the next number."),
    "zero_elsewhere": _("The key 0 leads to “{target}”; callers expect a person."),
    "star_elsewhere": _("The key * leads to “{target}”; callers expect the menu before."),
    "no_timeout": _("Nothing says where a caller goes who presses nothing."),
    "not_a_number": _("“{text}” is not a number of seconds from 0 to 600."),
    "not_a_count": _("“{text}” is not a whole number from 1 to 9."),
    "bad_node_key": _("“{text}” cannot be the key of a node: small letters, digits, - and _ only, at most 64."),
    "node_key_taken": _("There is a node “{text}” already."),
    "bad_node_kind": _("“{text}” is no kind of node."),
    "bad_choice_key": _("“{text}” cannot be a key: digits, * and #, or the word that is said."),
    "root_stays": _("The first node of the flow cannot be taken away; choose another root first."),
    "node_is_used": _("Other nodes lead to “{text}”: {users}."),
}


def fault_words(code: str, facts: Mapping[str, object]) -> str:
    """A fault, an advice or a refusal of the editor as a sentence in the reader's language."""
    return str(FAULTS[code]).format(**facts)


# The report: sentences with gaps, titles of tables, heads of columns, names of measures.
REPORT: dict[str, Words] = {
    "sentence": {
        "calls": _("{calls} calls went through the menus; {before} in the time before of the same length."),
        "outcome_moved": _("“{outcome}” went from {before} to {after} ({low} … {high} points, 95 %)."),
        "nothing_moved": _("How calls ended did not change beyond what days differ anyway."),
        "finding": _("{what}: {where}, since {since}; about {hours} hours a month. {todo}"),
        "no_findings": _("No node of the menus changed for the worse."),
        "proposal_waits": _(
            "A better menu waits for a decision: {then} s to the right option instead of {now} s (saves {low} … {high} s), "
            "about {minutes} agent minutes a year."
        ),
    },
    "title": {
        "outcomes": _("How calls ended"),
        "findings": _("What changed"),
        "lost": _("Where callers hang up, share of visits with 95 % interval"),
        "places": _("Where callers are lost"),
        "misroutes": _("Chose one thing, wanted another"),
        "containment": _("What self-service is worth"),
        "changes": _("Promised and measured"),
        "quality": _("How good the data are"),
        "satisfaction": _("How content callers were, callers of all menus"),
    },
    "column": {
        "outcome": _("How the call ended"),
        "calls": _("Calls"),
        "share": _("Share"),
        "before": pgettext_lazy("menu", "Before"),
        "after": pgettext_lazy("menu", "After"),
        "low": _("Low"),
        "high": _("High"),
        "what": _("What"),
        "node": _("Node"),
        "since": _("Since"),
        "hours_month": _("Hours a month"),
        "visits": _("Visits"),
        "hung_up": _("Hung up"),
        "asked": _("Asked for a person"),
        "errors": _("Errors"),
        "hours": _("Hours"),
        "chosen": _("Chosen"),
        "final": _("Turned out to be"),
        "measure": _("Measure"),
        "n": _("Calls judged"),
        "version": _("Version"),
        "promised_s": _("Promised, s"),
        "measured_s": _("Measured, s"),
        "number": pgettext_lazy("menu", "Number"),
        "reached": _("Callers who"),
        "invited": _("Invited"),
        "answers": _("Answers"),
        "content": _("Content"),
        "weighted": _("Weighted to all calls"),
    },
    "reached": {
        "agent": _("talked with an agent"),
        "queue": _("waited and left"),
        "menus": _("never left the menus"),
    },
    "measure": {
        "naive": _("Stayed in the menus"),
        "self_service": _("A task was done"),
        "true_day": _("Truly contained, 24 h"),
        "true_week": _("Truly contained, 7 days"),
        "unfinished": _("Not over yet"),
        "without_steps": _("Calls without a node"),
        "unlisted": _("Nodes in no definition"),
        "quarantined": _("Events set aside"),
        "backward": _("Intervals that ran backwards, taken as 0 s"),
        "unidentified": _("Callers not known"),
    },
}
