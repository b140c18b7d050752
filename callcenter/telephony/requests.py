"""What requests may hold, field by field. Unknown fields are refused (fields.Request)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from callcenter.foundation.numbers import whole
from callcenter.telephony import wire
from callcenter.telephony.fields import Attributes, Choice, Instant, Request, Text, Uuid, Whole, Word, YesNo
from callcenter.telephony.webhooks import kinds
from routing.callbacks import CallbackState
from routing.queue_settings import PARTS, PLAIN
from routing.results import PRIORITIES
from routing.states import ReservationState

MOST_PER_PAGE = 200
LONGEST_WAIT_S = 25

CHANNELS = ("voice", "video", "chat", "web", "wechat", "qq", "weibo", "form", "mail")
# Whether a switch that asks acts on the answers to its own requests, too.
REPLIES = ("unheard", "heard")
# Whose phone calls the customer: the agent's own, or both are rung by the switch.
BY_AGENT, BY_SWITCH = "agent", "switch"
PURPOSES = ("service", "transactional", "marketing", "retention")
QUEUE: dict[str, Any] = {"max_length": 48, "help_text": "Key of a queue of the key's domain."}
PRIORITY: dict[str, Any] = {
    "choices": tuple(PRIORITIES),
    "default": "normal",
    "help_text": "A head start in the queue, not a rank.",
}
LEASE: dict[str, Any] = {"required": False, "help_text": "The lease under which the agent is signed in."}


class ArrivalForm(Request):
    trunk = Word(required=False, max_length=48, help_text="The switch; may be left out by a key bound to one.")
    external_id = Word(max_length=wire.LONGEST_EXTERNAL_ID, help_text="The switch's own id of the call.")
    channel = Choice(choices=CHANNELS, default="voice")
    direction = Choice(
        choices=("in", "out"), default="in", help_text="`out`: an agent dials `to`; the contact policy is asked first."
    )
    purpose = Choice(
        choices=PURPOSES, default="service", help_text="Of a call that goes out: what the contact policy judges."
    )
    agent = Word(
        required=False, max_length=64, help_text="Of a call that goes out: who dials it, `a_…` or `key:{staff number}`."
    )
    dialled_by = Choice(
        choices=(BY_AGENT, BY_SWITCH),
        default=BY_AGENT,
        help_text="`agent`: at the agent's own phone, `to` is dialled already. `switch`: another system wishes for the call,"
        " and the trunk's switch is told to ring the agent first, then `to`.",
    )
    queue = Word(required=False, allow_null=True, **QUEUE)
    intent = Word(
        required=False, allow_blank=True, default="", max_length=48, help_text="Reason of the call, if known."
    )
    language = Word(required=False, allow_blank=True, default="", max_length=12, help_text="BCP 47, as `zh-Hans`.")
    priority = Choice(**PRIORITY)
    attributes = Attributes(default=dict, help_text="At most 4 KB, kept with the call, never interpreted.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so it and its partner are named here."""
        return super().get_fields() | {
            "from": Text(required=False, allow_blank=True, max_length=128, help_text="As the line gave it."),
            "to": Text(required=False, allow_blank=True, max_length=128, help_text="The number that was called."),
        }

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if "agent" not in wish:
            if wish["dialled_by"] == BY_SWITCH:
                raise ValidationError({"agent": "Name the agent whose phone the switch is to ring first."})
            return wish
        if wish["direction"] != "out":
            raise ValidationError(
                {"agent": "An agent is named where the call goes out: who serves a caller is ours to find."}
            )
        if wish.get("queue"):
            raise ValidationError({"queue": "A call that an agent has dialled stands in no queue."})
        return wish


class EnqueueForm(Request):
    queue = Word(**QUEUE)
    priority = Choice(**PRIORITY)


class TransferForm(Request):
    queue = Word(required=False, **QUEUE)
    agent = Word(required=False, max_length=64, help_text="Instead of a queue: `a_…` or `key:{staff number}`.")
    number = Word(required=False, max_length=32, help_text="Instead of both: a number outside; the switch dials it.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if len({"queue", "agent", "number"} & wish.keys()) != 1:
            raise ValidationError("Name the `queue`, the `agent` or the `number`, one of them.")
        return wish


class ConsultForm(Request):
    agent = Word(max_length=64, help_text="The colleague: `a_…` or `key:{staff number}`.")


class CallbackForm(Request):
    call = Word(max_length=200, help_text="The call that waits: `c_…` or `ext:{source}:{external_id}`.")
    number = Word(
        required=False, allow_blank=True, default="", max_length=128, help_text="By default the caller's own."
    )
    at = Instant(required=False, allow_null=True, help_text="Not at the caller's turn, but then; at most 7 days ahead.")


class RescheduleForm(Request):
    at = Instant(help_text="When to ring; at most 7 days ahead.")
    why = Text(max_length=120, help_text="Stands on the audit trail.")


class SiteForm(Request):
    domain = Word(max_length=32, help_text="The other domain, on this server or another.")
    queue = Word(max_length=48, help_text="Its queue.")
    why = Text(max_length=120, help_text="Stands on the audit trail.")


class SkillChangeForm(Request):
    agents = serializers.ListField(
        child=Word(max_length=64), min_length=1, max_length=500, help_text="`a_…` or `key:{staff number}`, up to 500."
    )
    skill = Word(max_length=48, help_text="Its key.")
    level = Whole(min_value=0, max_value=5, help_text="1–5; 0 takes the skill away.")
    since = serializers.DateField(required=False, allow_null=True, help_text="Its first day; by default at once.")
    until = serializers.DateField(required=False, allow_null=True, help_text="The day on which it has lapsed.")
    why = Text(max_length=120, help_text="Stands on the audit trail and in the history.")


class NothingForm(Request):
    """No fields."""


class AcceptForm(Request):
    agent = Word(required=False, max_length=64, help_text="Who accepts; by default the agent who is held.")
    lease_id = Uuid(**LEASE)


class RejectForm(AcceptForm):
    reason = Choice(choices=("declined", "busy"), default="declined")


class NoAnswerForm(Request):
    """As an event says it; with nothing at all the phone rang and nobody took it."""

    sip_code = Whole(required=False, allow_null=True, min_value=100, max_value=699, help_text="Final SIP code.")
    q850 = Whole(required=False, allow_null=True, min_value=0, max_value=127, help_text="Q.850 cause.")
    reason = Choice(required=False, choices=wire.REASONS, help_text="The switch's own word, where it has no code.")
    heard_18x = YesNo(required=False, help_text="The agent's phone was heard ringing.")


class AttemptForm(Request):
    outcome = Choice(
        choices=("answered", "no_answer", "busy", "failed"), help_text="What became of dialling the customer."
    )


class CompleteForm(AcceptForm):
    disposition = Word(required=False, allow_blank=True, default="", max_length=32, help_text="Code of how it ended.")
    next_presence = Choice(choices=("available", "break"), required=False, help_text="What the agent does next.")


class PresenceForm(Request):
    presence = Choice(choices=("available", "break", "offline"))
    reason = Word(required=False, allow_blank=True, default="", max_length=32, help_text="Reason of a break.")
    lease_id = Uuid(**LEASE)
    take_over = YesNo(default=False, help_text="Sign in although another desk or softphone vouches for the agent.")


class HeartbeatForm(Request):
    lease_id = Uuid(help_text="The lease to renew.")


class DeviceForm(Request):
    device = Choice(choices=wire.DEVICES)


class OccupancyForm(Request):
    kind = Choice(choices=("direct", "outbound", "external"), help_text="What occupies the phone past us.")
    for_s = Whole(
        default=3600, min_value=1, max_value=14_400, help_text="At most so long, should the end never be told."
    )


class SkillsForm(Request):
    skills = serializers.DictField(
        child=Whole(min_value=1, max_value=5),
        help_text="Skill key → level 1–5; complete: what is missing is taken away.",
    )


@extend_schema_field({"type": "object", "propertyNames": {"enum": [*PLAIN, *PARTS]}, "additionalProperties": True})
class SettingsOfAQueue(serializers.DictField):
    """Names that a queue has; their values are judged where they are set."""


class QueueSettingsForm(Request):
    settings = SettingsOfAQueue(help_text="Setting → value, as they are read; what is not named stands.")
    why = Text(max_length=120, help_text="Stands on the audit trail and with the version.")


class SimulationForm(Request):
    queue = Word(**QUEUE)
    settings = SettingsOfAQueue(help_text="Setting → value, what is not named stands.")
    days = Whole(min_value=1, max_value=31, default=7)


class Count(Word):
    """A whole number in a query, where everything is text. `least` and `most` are allowed."""

    def __init__(self, *, least: int, most: int, default: int) -> None:
        super().__init__(required=False, default=default)  # type: ignore[arg-type]  # the value, not its text
        self.least, self.most = least, most

    def to_internal_value(self, data: object) -> int:  # type: ignore[override]
        number = whole(super().to_internal_value(data), least=self.least, most=self.most)
        if number is None:
            raise ValidationError(f"This must be a whole number from {self.least} to {self.most}.")
        return number


class Words(Word):
    """Words with commas between them, in at most 600 characters; none by default."""

    def __init__(self) -> None:
        super().__init__(required=False, default=(), allow_blank=True)  # type: ignore[arg-type]

    def to_internal_value(self, data: object) -> tuple[str, ...]:  # type: ignore[override]
        text = super().to_internal_value(data)
        if len(text) > 600:
            raise ValidationError("This is longer than 600 characters.")
        return tuple(word for part in text.split(",") if (word := part.strip()))


class WaitQuery(Request):
    wait = Count(least=0, most=LONGEST_WAIT_S, default=0)


class ReservationsQuery(Request):
    agent = Word(required=False, max_length=64)
    state = Words()
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)

    def validate_state(self, states: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [state for state in states if state not in set(ReservationState)]:
            raise ValidationError(f"{wrong[0][:40]!r} is not a state of a reservation.")
        return states


class CallbacksQuery(Request):
    state = Word(required=False, default="", allow_blank=True, max_length=12)
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)

    def validate_state(self, state: str) -> str:
        if state and state not in set(CallbackState):
            raise ValidationError(f"A callback is kept as one of {', '.join(CallbackState)}.")
        return state


class EventTypes(Words):
    """Types of events; one that is never told is refused, for who waits for it would wait for ever."""

    def to_internal_value(self, data: object) -> tuple[str, ...]:  # type: ignore[override]
        types = super().to_internal_value(data)
        if sentence := kinds.wrong(types):
            raise ValidationError(sentence)
        return types


class EventsQuery(Request):
    after = Word(required=False, default="", allow_blank=True, max_length=64)
    types = EventTypes()
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)
    wait = Count(least=0, most=LONGEST_WAIT_S, default=0)


class InstructionsQuery(Request):
    trunk = Word(required=False, max_length=48)
    after = Word(required=False, default="", allow_blank=True, max_length=64)
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)
    wait = Count(least=0, most=LONGEST_WAIT_S, default=0)
    replies = Choice(required=False, choices=REPLIES, default="unheard")


class SwitchEventsQuery(Request):
    replies = Choice(required=False, choices=REPLIES, default="unheard")


class NextQuery(Request):
    after = Word(required=False, default="", allow_blank=True, max_length=64)
    wait = Count(least=0, most=LONGEST_WAIT_S, default=0)


class StreamQuery(Request):
    after = Word(required=False, default="", allow_blank=True, max_length=64)
    types = EventTypes()
