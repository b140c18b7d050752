"""Everything that changes routing, in the words of the trade. One transaction per command; repeats change nothing."""

from routing.operations.afterwards import answered_before_leaving
from routing.operations.ahead import CallsAhead, calls_ahead
from routing.operations.assignment import assign_waiting, reserved, serve_next
from routing.operations.calling_back import (
    agree_on_callback,
    cancel_callback,
    open_callback,
    postpone_callback,
    promise_callback,
    reschedule_callback,
    settle_callback,
    take_callback,
)
from routing.operations.calls import (
    arrive,
    cancel,
    complete_self_service,
    divert,
    enqueue,
    fail,
    hang_up,
    hold,
    relink_customer,
    resume,
    transfer_to_queue,
)
from routing.operations.consulting import consult, end_consult, hand_over, join, send_outside, transfer_to_agent
from routing.operations.describing import describe, promise_answer
from routing.operations.dialling_out import dial_out
from routing.operations.handing_on import ask_site, carry_handovers, hear_sites, leave_for_site, send_to_site
from routing.operations.leases import Lease, release_lease, renew_lease, take_lease, turn_day
from routing.operations.listening import SWITCH, ring_anew, switch_asks
from routing.operations.occupancy import occupy, vacate
from routing.operations.overflowing import review_overflow
from routing.operations.presence import device_report, pulse, set_presence, sign_in
from routing.operations.pulling import pull
from routing.operations.reservations import accept, complete, extend, reject, rescind, seen
from routing.operations.silences import message
from routing.operations.supervising import force_presence, move, reprioritise, set_queue_open
from routing.operations.sweeping import sweep
from routing.operations.wire import bridged, leg_ended, leg_failed

__all__ = [
    "SWITCH",
    "CallsAhead",
    "Lease",
    "accept",
    "agree_on_callback",
    "answered_before_leaving",
    "arrive",
    "ask_site",
    "assign_waiting",
    "bridged",
    "calls_ahead",
    "cancel",
    "cancel_callback",
    "carry_handovers",
    "complete",
    "complete_self_service",
    "consult",
    "device_report",
    "describe",
    "dial_out",
    "divert",
    "end_consult",
    "enqueue",
    "extend",
    "rescind",
    "fail",
    "force_presence",
    "hand_over",
    "hang_up",
    "hear_sites",
    "hold",
    "join",
    "leave_for_site",
    "leg_ended",
    "leg_failed",
    "message",
    "move",
    "occupy",
    "open_callback",
    "postpone_callback",
    "promise_answer",
    "promise_callback",
    "pull",
    "pulse",
    "reject",
    "release_lease",
    "review_overflow",
    "relink_customer",
    "renew_lease",
    "reprioritise",
    "reschedule_callback",
    "reserved",
    "resume",
    "seen",
    "send_outside",
    "send_to_site",
    "serve_next",
    "set_queue_open",
    "settle_callback",
    "set_presence",
    "sign_in",
    "ring_anew",
    "sweep",
    "switch_asks",
    "take_callback",
    "take_lease",
    "transfer_to_agent",
    "transfer_to_queue",
    "turn_day",
    "vacate",
]
