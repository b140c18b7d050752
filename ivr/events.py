"""The vocabulary of what happens in the menus: one line per kind, with its meaning. Pure.

The field list follows the activity logs of voice browsers (enter, prompt, key, hotlink, exit); a dialect that says less
simply never sends the finer kinds.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a path event reports. The order is the order of events that carry the same time and no sequence number."""

    ENTER = "enter"  # a node is entered
    PROMPT_START = "prompt_start"  # its announcement begins
    PROMPT_END = "prompt_end"  # its announcement ends
    NOTE = "note"  # a vendor's detail: kept, not counted
    NOINPUT = "noinput"  # the caller said and pressed nothing
    NOMATCH = "nomatch"  # what the caller said was not understood
    BADKEY = "badkey"  # the caller pressed a key that is not offered
    KEY = "key"  # the caller pressed a key
    SPEECH = "speech"  # the caller chose by word; `key` holds the recognised option
    TIMEOUT = "timeout"  # all attempts of the node are used up
    REPEAT = "repeat"  # the caller hears the node again
    BACK = "back"  # the caller goes up one menu
    RESTART = "restart"  # the caller returns to the root
    ZERO_OUT = "zero_out"  # the caller asks for a person by the escape key or by words
    TASK_START = "task_start"  # a self-service task begins; `detail.task` names it
    TASK_OK = "task_ok"  # … and is done
    TASK_FAIL = "task_fail"  # … and could not be done
    SURVEY = "survey"  # a survey question is answered or skipped
    TRANSFER = "transfer"  # the caller leaves the menus for a queue or an outside number
    HANGUP = "hangup"  # the caller ends the call
    SYS_END = "sys_end"  # the system ends the call


KINDS = frozenset(Kind)
RANK: dict[str, int] = {kind.value: place for place, kind in enumerate(Kind)}

ENDINGS = frozenset({Kind.HANGUP, Kind.SYS_END})


class Outcome(StrEnum):
    """How a path ended: one per call, the first that holds from the top. They add up to all closed sessions."""

    AGENT = "agent"  # reached a queue, a person or an outside number
    TASK = "task"  # at least one self-service task was done
    HANGUP = "hangup"  # the caller left without either
    SYSTEM = "system"  # the system ended the call
    UNKNOWN = "unknown"  # no end was received: never counted as a hang-up
