"""What codes are called on the floor's pages. A code without a word is shown as it is: better odd than hidden."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from routing.operations.judging import AWAY, CRASHED
from routing.what_if import TOO_FEW

Words = dict[str, "str | Promise"]

# The sign stands beside the colour: nothing is said by colour alone.
SIGNS = {
    "on_call": "☎",
    "reserved": "◆",
    "wrap_up": "✎",
    "available": "●",
    "not_responding": "!",
    "break": "‖",
    "offline": "○",
}
STATE: Words = {
    "on_call": _("On call"),
    "reserved": _("Ringing"),
    "wrap_up": _("Wrap-up"),
    "available": _("Available"),
    "not_responding": _("Not responding"),
    "break": _("Break"),
    "offline": _("Offline"),
}
REASON: Words = {
    "starting": _("starting"),
    "lunch": _("lunch"),
    "training": _("training"),
    "meeting": _("meeting"),
    "back_office": _("back office"),
    "lost_contact": _("lost contact"),
}
# Who caused an event; what stands behind the colon is a number of ours and follows the word.
ACTOR: Words = {
    "dispatcher": _("Dispatcher"),
    "key": _("Switch"),
    "switch": _("Switch"),
    "user": _("Staff"),
}
NO_ESTIMATE: Words = {
    "too_few_answers": _("too few answered waits to tell"),
    "nobody_staffed": _("nobody is available"),
    "closed": _("closed"),
}
CALL: Words = {
    "arrived": _("In the menus"),
    "queued": _("Waiting"),
    "reserved": _("Ringing"),
    "connected": _("On call"),
    "wrapping": _("Wrap-up"),
    "completed": _("Served"),
    "abandoned": _("Abandoned"),
    "diverted": _("Diverted"),
    "failed": _("Failed"),
    "canceled": _("Canceled"),
}
RESERVATION: Words = {
    "pending": _("Ringing"),
    "accepted": _("Accepted"),
    "wrapping": _("Wrap-up"),
    "completed": _("Served"),
    "rejected": _("Rejected"),
    "timeout": _("Missed"),
    "rescinded": _("Withdrawn"),
    "canceled": _("Let go"),  # its end reason says why
}
END: Words = {
    "ivr": _("in the menus"),
    "queue": _("in the queue"),
    "ring": _("while ringing"),
    "not_answered": _("the customer did not answer"),
    "switch_restart": _("when the switch restarted"),
    "self_service": _("served by the menus"),
    "declined": _("declined"),
    "busy": _("busy"),
    "missed": _("no answer"),
    "unreachable": _("unreachable"),
    "failed": _("failed"),
    "desk_unreachable": _("desk unreachable"),
    "no_bridge": _("not connected in time"),
    "agent_offline": _("agent went offline"),
    "taken_back": _("taken back"),
    "withdrawn": _("withdrawn by the switch"),
    "superseded": _("another agent answered"),
    "caller_left": _("caller left"),
    "canceled": _("called off"),
    "redialled": _("the customer has rung"),
    "rescheduled": _("put off to another time"),
    "erased": _("the customer was erased"),
    "diverted": _("diverted"),
    "closed": _("the queue was closed"),
    "callback": _("to be rung back"),
    "voicemail": _("to the mailbox"),
    "sent_outside": _("sent on to a number"),
    "overflow": _("to another site"),
    "agent_silent": _("the agent did not write back"),
    "caller_silent": _("the customer did not write back"),
}
EVENT: Words = {
    "call.arrived": _("Call arrived"),
    "call.queued": _("Waits in the queue"),
    "call.reserved": _("An agent is held for it"),
    "call.connected": _("Agent and caller talk"),
    "call.held": _("On hold"),
    "call.resumed": _("Off hold"),
    "call.transferred": _("Transferred"),
    "call.joined": _("All three talk"),
    "call.handed_over": _("Handed over to the colleague"),
    "call.overflowed": _("Sent on by overflow"),
    "call.sent_to_site": _("Sent to another site"),
    "call.answer_promised": _("Promised an answer at the next opening"),
    "call.reprioritised": _("Moved ahead or back"),
    "call.wrapping": _("Caller gone, wrap-up"),
    "call.completed": _("Completed"),
    "call.abandoned": _("Caller left"),
    "call.diverted": _("Diverted"),
    "call.failed": _("Failed"),
    "call.canceled": _("Canceled"),
    "call.relinked": _("Customer chosen"),
    "call.described": _("Attributes changed"),
    "reservation.created": _("Rings at the agent"),
    "reservation.accepted": _("Agent accepts"),
    "reservation.rejected": _("Agent rejects"),
    "reservation.timeout": _("No answer"),
    "reservation.rescinded": _("Ring withdrawn"),
    "reservation.reinstated": _("Ring restored"),
    "reservation.canceled": _("The agent is let go"),
    "reservation.wrapping": _("Wrap-up begins"),
    "reservation.completed": _("Wrap-up saved"),
    "reservation.extended": _("Wrap-up extended"),
    "reservation.renewed": _("Ring begins anew: the switch is back"),
    "reservation.connected": _("The two agents talk"),
    "reservation.joined": _("The colleague hears the caller"),
    "reservation.promoted": _("The colleague serves the caller"),
}
RESULT: Words = {
    "entered": _("All calls that entered a queue"),
    "offered": _("Offered calls"),
    "answered": _("Answered calls"),
    "abandoned": _("Abandoned calls"),
    "flowed_out": _("Calls that flowed out"),
    "in_target": _("Answered within the target"),
    "late": _("Beyond the target: answered or abandoned late"),
    "judged": _("Calls the service level is made of"),
    "abandoned_late": _("Abandoned after the target"),
    "abandoned_short": _("Abandoned within 5 s"),
    "waiting": _("Waiting now"),
}
OUTCOME: Words = {
    "agent": _("To an agent"),
    "task": _("Served by the menus"),
    "hangup": _("Hung up"),
    "system": _("Ended by the system"),
    "unknown": _("No end received"),
}
LOOP: Words = {
    "self": _("heard again at once"),
    "back": _("came back to it"),
    "restart": _("back to the start"),
}
NODE: Words = {
    "menu": _("menu"),
    "announcement": _("announcement"),
    "input": _("input"),
    "task": _("self-service"),
    "transfer": _("to an agent"),
    "survey": _("survey"),
    "end": _("end"),
    "": _("not in definition"),
}
RULE: Words = {
    "longest_idle": _("longest idle first"),
    "most_skilled": _("most skilled first"),
    "least_occupied": _("least occupied first"),
    "fewest_recent": _("fewest recent calls first"),
    "ranked": _("by the queue's ranking"),
    "adapted": _("by the fit of caller and agent"),
    "paired": _("by comparative advantage"),
    "wire": _("the switch connected them"),
    "asked": _("a colleague asked for this agent"),
    "forced": _("given by a supervisor"),
    "dialled": _("the agent dialled"),
}
# Tables that can be sent and fetched.
ROSTER: Words = {
    "skills": _("Skills"),
    "agents": _("Agents"),
    "agent-skills": _("Skills of agents, with days"),
    "queues": _("Queues"),
}
# Why agents were left out, see routing.matching.
REMOVED: Words = {
    "not_a_member": _("not in this queue"),
    "lacks_skill": _("lack a skill"),
    "offline": _("offline"),
    "break": _("on a break"),
    "not_responding": _("not responding"),
    "lease_lapsed": _("desk lost contact"),
    "busy": _("busy with another call"),
    "resting": _("resting between calls"),
    "blocked": _("resting after a failed ring"),
    "device": _("phone not ready"),
    "excluded": _("not to meet this caller"),
    "tried": _("let this call go before"),
}
VERDICT: Words = REMOVED | {
    "chosen": _("chosen"),
    "outscored": _("could have taken it"),
    "behind": _("could have taken it, further back"),
    "not_recorded": _("not recorded"),
}
MODE: Words = {
    "rules": _("by rules"),
    "sticky": _("agent of last time"),
    "paired": _("paired by value"),
    "explore": _("explored: any agent alike"),
    "forced": _("given by a supervisor"),
    "dialled": _("the agent dialled"),
    "asked": _("a colleague asked for this agent"),
    "wire": _("the switch connected them"),
}
FALLBACK: Words = {
    "off_block": _("half hour that is off"),
    "refused": _("the customer refuses automated decisions"),
    "nothing_learned": _("nothing learned yet"),
    "stale": _("what was learned is older than a week"),
    "absurd": _("what was learned makes no sense"),
    "altered": _("what was learned is not what training wrote"),
    "slow": _("what was learned could not be read in time"),
}
TERM: Words = {
    "open": _("Open conversations"),
    "longest_idle": _("idle time"),
    "most_skilled": _("skill levels"),
    "least_occupied": _("free share of two hours"),
    "fewest_recent": _("few recent calls"),
    "ranked": _("rank"),
    "adapted": _("fit"),
    "sticky": _("agent of last time"),
    "tier": _("earlier step"),
    "preferred": _("preferred skills"),
    "over_qualified": _("skills not asked for"),
    "value": _("value of the pair"),
    "price": _("price of the agent's time"),
    "worth": _("worth elsewhere"),
    "fairness": _("fair share of work"),
    "age": _("waiting time"),
}
CALLBACK: Words = {
    "scheduled": _("Scheduled"),
    "queued": _("Waiting in line"),
    "reserved": _("Ringing at an agent"),
    "dialing": _("Ringing the customer"),
    "connected": _("Talking"),
    "completed": pgettext_lazy("promise", "Kept"),
    "exhausted": _("Broken"),
    "canceled": _("Canceled"),
}
KEPT: Words = {
    "open": _("Open"),
    "kept": pgettext_lazy("promise", "Kept"),
    "broken": _("Broken"),
    "canceled": _("Canceled"),
}
CALLBACK_END: Words = {
    "no_answer": _("nobody answered in time"),
    "contact_policy": _("the rules of contact left no time"),
    "redialled": _("the customer has rung"),
    "canceled": _("canceled by the switch"),
    "withdrawn": _("taken back by a supervisor"),
    "erased": _("the customer was erased"),
}
PLACE: Words = {
    "keep": _("at the old place"),
    "now": _("behind everybody"),
    "credit": _("with a credit"),
}
AT_CLOSING: Words = {
    "serve": _("is served"),
    "tell": _("is told that we have closed"),
    "callback": _("is promised a callback"),
}
AT_CLOSING_WRITTEN: Words = {
    "serve": _("is served"),
    "tell": _("is told that we have closed"),
    "promise": _("is promised an answer in writing, and keeps the place"),
}
WRAP_UP: Words = {
    "none": _("none"),
    "optional": _("optional"),
    "required": _("required"),
    "time_boxed": _("for a time"),
    "time_boxed_no_exit": _("for a time, all of it"),
}
ON_SILENCE: Words = {"queue": _("to another agent"), "close": _("is closed")}
WEEKDAY: Words = {
    "0": _("Mon"),
    "1": _("Tue"),
    "2": _("Wed"),
    "3": _("Thu"),
    "4": _("Fri"),
    "5": _("Sat"),
    "6": _("Sun"),
}
MEASURE: Words = {
    "waiting": _("callers waiting ≥"),
    "longest_wait": _("longest wait, seconds ≥"),
    "expected_p90": _("expected wait of nine in ten, seconds ≥"),
    "nobody_staffed": _("nobody is there"),
}
ACTION: Words = {
    "borrow": _("borrow agents of teams"),
    "queue": _("newcomers to queue"),
    "callback": _("offer a callback"),
    "voicemail": _("newcomers to the mailbox"),
    "message": _("play a message"),
    "site": _("newcomers to another site"),
}
WHAT_IF: Words = {
    "asked": _("waits for a worker"),
    "running": _("being played"),
    "done": _("played"),
    "failed": _("could not be played"),
}
WHAT_IF_TROUBLE: Words = {
    AWAY: _("The queue of background work does not answer: nobody has been told to play it."),
    TOO_FEW: _("Too few calls came in these days to say anything."),
    CRASHED: _("It could not be played; the log says why."),
}
PRIORITY: Words = {"normal": _("normal"), "raised": _("raised"), "high": _("high"), "vip": _("VIP")}
LEARNED: Words = {
    "resolved": _("resolved"),
    "sold": _("sold"),
    "satisfied": _("satisfied"),
    "second": _("handling time"),
}
PROOF: Words = {"more": _("more when on"), "less": _("less when on"), "not_yet": _("not yet significant")}
KINDS: dict[str, Words] = {
    "no_estimate": NO_ESTIMATE,
    "place": PLACE,
    "at_closing": AT_CLOSING,
    "at_closing_written": AT_CLOSING_WRITTEN,
    "wrap_up": WRAP_UP,
    "on_silence": ON_SILENCE,
    "weekday": WEEKDAY,
    "measure": MEASURE,
    "action": ACTION,
    "what_if": WHAT_IF,
    "what_if_trouble": WHAT_IF_TROUBLE,
    "callback": CALLBACK,
    "kept": KEPT,
    "callback_end": CALLBACK_END,
    "learned": LEARNED,
    "proof": PROOF,
    "priority": PRIORITY,
    "verdict": VERDICT,
    "mode": MODE,
    "fallback": FALLBACK,
    "term": TERM,
    "state": STATE,
    "reason": REASON,
    "actor": ACTOR,
    "call": CALL,
    "reservation": RESERVATION,
    "end": END,
    "event": EVENT,
    "result": RESULT,
    "outcome": OUTCOME,
    "loop": LOOP,
    "node": NODE,
    "rule": RULE,
    "removed": REMOVED,
    "roster": ROSTER,
}


def word(kind: str, code: str) -> str | Promise:
    """The word for a code; the code itself where nobody has named it."""
    return KINDS[kind].get(code, code)
