"""The floor's words for the codes of the product, in the reader's language. A code without a word is shown as it is."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, Promise]

STATE: Words = {
    "offline": _("Offline"),
    "on_call": _("On call"),
    "reserved": _("Ringing"),
    "wrap_up": _("Wrap-up"),
    "not_responding": _("Not responding"),
    "break": _("Break"),
    "available": _("Available"),
}
SIGN = {
    "offline": "○",
    "on_call": "☎",
    "reserved": "◆",
    "wrap_up": "✎",
    "not_responding": "!",
    "break": "‖",
    "available": "●",
}
REASON: Words = {
    "starting": _("Starting"),
    "lost_contact": _("Desk lost contact"),
    "desk_unreachable": _("Desk did not answer"),
    "missed": _("Missed"),
    "declined": _("Rejected"),
    "busy": _("Busy"),
    "unreachable": _("Phone unreachable"),
    "failed": _("Call failed"),
    "no_bridge": _("Never connected"),
    "agent_offline": _("Signed out"),
    "taken_back": _("Taken back"),
    "withdrawn": _("Taken back"),
    "superseded": _("Answered elsewhere"),
    "caller_left": _("Caller hung up"),
    "diverted": _("Diverted"),
    "timeout": _("Time was up"),
    "agent_silent": _("Customer not answered"),
    "caller_silent": _("Customer silent"),
}
# Said where the ring card stood, for the moment before it goes.
WITHDRAWN: Words = {
    "caller_left": _("The caller hung up."),
    "missed": _("Not answered in time. The call was passed on."),
    "declined": _("Rejected. The call was passed on."),
    "busy": _("Rejected as busy. The call was passed on."),
    "superseded": _("A colleague has answered this call."),
    "taken_back": _("The call was taken back."),
    "withdrawn": _("The call was taken back."),
    "desk_unreachable": _("This desk did not answer. The call was passed on; nothing is held against you."),
    "no_bridge": _("The phone never connected. The call was passed on; nothing is held against you."),
    "unreachable": _("Your phone could not be reached. The call was passed on; nothing is held against you."),
    "failed": _("The connection failed. The call was passed on; nothing is held against you."),
}
BASIS: Words = {
    "exact": _("One customer uses this number"),
    "several": _("Several people use this number"),
    "new": _("New customer"),
    "none": _("New customer"),
    "withheld": _("Number withheld"),
    "chosen": _("Confirmed by the agent"),
}
KIND: Words = {
    "individual": _("Individual"),
    "household": _("Household"),
    "campus": _("Campus"),
    "enterprise": _("Enterprise"),
    "call": pgettext_lazy("timeline", "Call"),
    "path": _("IVR path"),
    "ticket": _("Ticket"),
    "order": pgettext_lazy("timeline", "Order"),
    "message": _("Message"),
    "offer": pgettext_lazy("timeline", "Offer"),
    "complaint": _("Complaint"),
    "bill": _("Bill"),
    "note": _("Note"),
}
CHANNEL: Words = {
    "voice": _("Phone"),
    "video": _("Video"),
    "chat": _("Chat"),
    "form": _("Web form"),
    "ivr": _("IVR"),
    "sms": _("SMS"),
    "wechat": _("WeChat"),
    "web": _("Web"),
    "app": _("App"),
    "shop": _("Shop"),
    "mail": _("Mail"),
    "qq": _("QQ"),
    "weibo": _("Weibo"),
}
IDENTIFIER: Words = {
    "phone": _("Mobile"),
    "landline": _("Landline"),
    "email": _("E-mail"),
    "id_document": _("ID document"),
    "wechat": _("WeChat"),
    "qq": _("QQ"),
    "weibo": _("Weibo"),
    "member": _("Member number"),
    "web": _("Web account"),
}
ROLE: Words = {
    "user": _("User"),
    "holder": _("Account holder"),
    "payer": _("Payer"),
    "contact": _("Contact"),
}
LEVEL: Words = {
    "diamond": _("Diamond"),
    "gold": _("Gold"),
    "silver": _("Silver"),
    "standard": _("Standard"),
}
HOLDING: Words = {
    "ended": pgettext_lazy("holding", "ended"),
    "suspended": pgettext_lazy("holding", "suspended"),
}
LANE: Words = {
    "notice": pgettext_lazy("lane", "Notice"),
    "service": pgettext_lazy("lane", "Service"),
    "sales": pgettext_lazy("lane", "Offer"),
}
ACTION: Words = {
    "notice": _("Tell the customer"),
    "service": _("Serve"),
    "retain": _("Keep the customer"),
    "rightsize": _("Fitting plan"),
    "renew": _("Renewal"),
    "upsell": _("Higher plan"),
    "win_back": _("Winning back"),
    "cross_sell": _("Addition"),
    "content": _("Content"),
    "ask_consent": _("Asking for consent"),
}
# What contacts were about, where it is not a disposition of the floor or a product.
CODE: Words = {
    "bill_question": _("Question about a bill"),
    "data_usage": _("Data usage"),
    "change_plan": _("Change of plan"),
    "top_up": _("Top-up"),
    "broadband_fault": _("Broadband fault"),
    "broadband_new": _("New broadband"),
    "cancel_service": _("Cancelling a service"),
    "roaming": _("Roaming"),
    "leave": _("Leaving"),
    "points": _("Points"),
    "complaint": _("Complaint"),
    "bill_viewed": _("Looked at the bill"),
    "plans_viewed": _("Looked at plans"),
    "roaming_viewed": _("Looked at roaming"),
    "number_transfer_viewed": _("Looked at taking the number elsewhere"),
    "data_80_percent": _("Four fifths of the data used"),
    "data_used_up": _("Data used up"),
    "bill_ready": _("Bill ready"),
    "balance": _("Balance"),
    "sim_replaced": _("SIM replaced"),
    "timeout": _("Time was up"),
    "none": _("None chosen"),
}
STAGE: Words = {
    "greet": _("Greet"),
    "verify": _("Verify"),
    "ask": _("Ask"),
    "explain": _("Explain"),
    "offer": pgettext_lazy("stage", "Offer"),
    "disclose": pgettext_lazy("stage", "Disclose"),
    "read_back": pgettext_lazy("stage", "Read back"),
    "close": pgettext_lazy("stage", "Close"),
    "no_sale": pgettext_lazy("stage", "Close"),
    "comply": _("Must be said"),
}
WORK: Words = {
    "ringing": _("Incoming"),
    "connecting": _("Connecting"),
    "talking": _("Talking"),
    "held": _("On hold"),
    "wrapping": _("Wrap-up"),
}
RULE: Words = {
    "no_marketing": _("No marketing: the customer refused it."),
    "do_not_call": _("On the do-not-call list: offer nothing."),
    "open_complaint": _("Open complaint: solve it before anything else."),
    "unknown_consent": _("No consent to marketing on file: offer nothing unasked."),
    "unknown_caller": _("Caller not identified: offer nothing."),
    "minor": _("A minor: offer nothing, involve a guardian."),
    "repeat_contact": _("Called again about the same matter: look at the last calls first."),
    "no_profiling": _("Refused suggestions from usage data: offer nothing."),
    "vulnerable": _("Needs special care: take time, sell nothing."),
    "pitch_cap": _("Offered enough lately: the limit is reached."),
    "cooling_off": _("Declined several offers lately: offer nothing for now."),
    "restricted": _("Restricted customer: service only."),
    "complaint_lately": _("A complaint was settled lately: leave some time."),
    "unknown_store": _("Consents cannot be read just now: offer nothing."),
    "outage": _("An outage at the customer's place: help first."),
    "bereavement": _("A bereavement: condolence first, offer nothing."),
    "fraud": _("A fraud case is open: offer nothing."),
    "arrears": _("A bill is overdue: help to settle it, offer nothing."),
}
# Where the chance of a yes comes from.
LEARNED: Words = {
    "start": _("as entered, until enough answers are known"),
    "answers": _("from the answers of the last weeks"),
    "model": _("from the learned model"),
    "trial": _("shown in trials: the share it keeps"),
}
UNLEARNED: Words = {
    "few": _("too few answers are known for a model to speak"),
    "one_sided": _("all answers so far are alike: nothing to learn from"),
    "no_better_than_chance": _("the model ranks no better than chance, so it is silent"),
    "no_better_than_share": _("the model guesses no better than the plain share, so it is silent"),
    "drifted": _("the model no longer fits these times and rests"),
    "broken": _("the model cannot be read; the rules speak"),
    "slow": _("the model was too slow; the rules speak"),
    "no_model": _("no model has been trained for this yet"),
}
OUTCOME: Words = {
    "open": pgettext_lazy("outcome", "Open"),
    "solved": _("Solved"),
    "withdrawn": _("Withdrawn"),
    "completed": _("Served"),
    "wrapping": _("Being finished"),
    "connected": _("In call"),
    "abandoned": _("Hung up while waiting"),
    "diverted": _("Diverted"),
    "canceled": pgettext_lazy("outcome", "Called off"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
    "later": _("Later"),
    "shown": _("Shown"),
    "ordered": _("Ordered"),
    "kept": _("Kept for thirty days"),
    "undone": _("Not ordered, or given back"),
    "paid": _("Paid"),
    "failed": _("Failed"),
    "delivered": _("Delivered"),
    "agent": _("To an agent"),
    "hangup": _("Hung up"),
    "task": _("Done in the menu"),
}
# Sentences for refusals, by their stable code.
REFUSAL: Words = {
    "lease_lost": _("This desk is open somewhere else now. Take over here to go on."),
    "lease_held": _("Your desk is open in another window."),
    "not_signed_in": _("You are offline. Sign in first."),
    "device_not_ready": _("Your phone is not ready to take calls."),
    "reservation_expired": _("Too late: this call was passed on."),
    "illegal_transition": _("This is no longer possible: the call has moved on."),
    "version_conflict": _("Someone changed this meanwhile."),
    "in_progress": _("This is being done already."),
    "unknown_queue": _("There is no such queue."),
    "not_found": _("There is nothing here any more."),
    "disposition_required": _("Choose a disposition first."),
    "unknown_disposition": _("There is no such disposition."),
    "reason_needed": _("Choose a reason first."),
    "card_number": _("The note holds what looks like a card number. Remove it: it must not be stored."),
    "note_too_long": _("The note is longer than 4,000 characters."),
    "agent_not_free": _("This colleague cannot be rung just now. Choose another one."),
    "customer_answered": _("Too late to call off: the customer has answered."),
    "consult_open": _("A colleague is being asked already: hand over, bring together or take the caller back first."),
    "consult_not_answered": _("The colleague has not answered yet."),
    "queue_needed": _("Nobody would take the caller if this colleague does not answer. Choose a queue."),
    "number_not_allowed": _("Callers may not be sent to this number. Ask a supervisor."),
    "no_number": _("There is no number to ring."),
    "callback_promised": _("A callback to this number is promised already."),
    "not_yours": _("A colleague serves this caller; you were asked."),
    "already_extended": _("The wrap-up was extended already."),
    "no_time_limit": _("This wrap-up has no time limit."),
    "offer_decided": _("This offer has been answered already."),
    "unavailable": _("The service is not answering. Nothing is lost; try again."),
}
# How it stands with the colleague beside.
BESIDE: Words = {
    "ringing": _("is being rung"),
    "connecting": _("is being connected"),
    "talking": _("talks with you"),
    "joined": _("in the conference"),
}
PRESENCE: Words = {"available": STATE["available"], "break": STATE["break"], "offline": STATE["offline"]}

UNIT: Words = {
    "yuan": _("yuan"),
    "days": _("days"),
    "years": pgettext_lazy("unit", "years"),
    "min": _("min"),
    "months": _("months"),
}

LISTS: dict[str, Words] = {
    "unit": UNIT,
    "state": STATE,
    "reason": REASON,
    "withdrawn": WITHDRAWN,
    "basis": BASIS,
    "kind": KIND,
    "channel": CHANNEL,
    "identifier": IDENTIFIER,
    "role": ROLE,
    "level": LEVEL,
    "holding": HOLDING,
    "lane": LANE,
    "action": ACTION,
    "stage": STAGE,
    "work": WORK,
    "code": CODE,
    "rule": RULE,
    "learned": LEARNED,
    "unlearned": UNLEARNED,
    "outcome": OUTCOME,
    "presence": PRESENCE,
    "beside": BESIDE,
}


def word(kind: str, code: str) -> str:
    """The word for a code, e.g. word("reason", "missed") → "Missed"."""
    known = LISTS[kind].get(code)
    return code.replace("_", " ") if known is None else str(known)
