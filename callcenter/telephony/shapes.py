"""What answers hold, field by field: for the contract (OpenAPI). `answers.py` builds them; a test compares the two."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from callcenter.telephony.requests import CHANNELS
from callcenter.telephony.wire import DEVICES
from routing.results import PRIORITIES
from routing.states import CallState, Presence, ReservationState, Role, ShownState, WrapUpMode


class _Shape(serializers.Serializer[Any]):
    """Stands in the contract under its own name, without the word we need to tell it from the thing."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        extend_schema_serializer(component_name=cls.__name__.removesuffix("Shape"))(cls)


def _at(help_text: str = "", *, null: bool = True) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=null, help_text=help_text)


def _word(help_text: str = "", *, null: bool = False, blank: bool = True) -> serializers.CharField:
    return serializers.CharField(allow_null=null, allow_blank=blank, help_text=help_text)


def _one_of(words: Any, help_text: str = "", *, null: bool = False, blank: bool = False) -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=[str(word) for word in words], allow_null=null, allow_blank=blank, help_text=help_text
    )


class CallShape(_Shape):
    id = _word("`c_…`")
    # DRF gathers the fields and takes them off the class: `source`, `data` and `errors` shadow nothing.
    source = _word("The group of the trunk the call came by.")  # type: ignore[assignment]
    external_id = _word("The switch's own id.")
    channel = _one_of(CHANNELS)
    direction = _word()
    state = _one_of(CallState)
    outcome = _word(
        "answered, abandoned, diverted, failed, canceled or self_service; null while it is open.", null=True
    )
    queue = _word("Key of the queue; null before one is chosen.", null=True)
    priority = _one_of(PRIORITIES, "Null if the head start is none of the named ones.", null=True)
    head_start_s = serializers.IntegerField(help_text="Seconds by which the caller stands earlier in the queue.")
    from_raw = _word("The caller's number as the line gave it.")
    to = _word("The number called.")
    language = _word("BCP 47.")
    match_basis = _word("How the caller is known: exact, several, new, withheld, chosen.")
    attributes = serializers.JSONField(help_text="As sent with the arrival.")
    arrived_at = _at(null=False)
    enqueued_at = _at("Set once; the caller's place is counted from it.")
    connected_at = _at()
    held_since = _at("Null unless on hold.")
    ended_at = _at()
    ended_by = _word("caller, agent, network or system.")
    end_reason = _word("For abandoned calls the stage: ivr, queue or ring.")
    version = serializers.IntegerField(help_text="Grows with each event of the call; for If-Match.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return super().get_fields() | {"from": _word("E.164; empty if withheld or not a number.")}


class ReservationShape(_Shape):
    id = _word("`r_…`")
    call = _word("`c_…`")
    agent = _word("`a_…`")
    agent_key = _word("Staff number.")
    contact = _word("Where to ring: SIP URI or extension.")
    ring_s = serializers.IntegerField(help_text="How long the switch rings.")
    role = _one_of(Role)
    state = _one_of(ReservationState)
    outcome = _word(
        "answered, missed, rejected, busy, unreachable, failed, abandoned or rescinded; null while open.", null=True
    )
    end_reason = _word("The exact reason behind the outcome.")
    because = serializers.JSONField(help_text="Why this agent.")
    created_at = _at(null=False)
    expires_at = _at("When we act by ourselves: ring over, not bridged, wrap-up over.")
    accepted_at = _at()
    connected_at = _at()
    talk_ended_at = _at()
    wrap_until = _at()
    wrap_up_mode = _one_of(WrapUpMode, blank=True)
    extensions = serializers.IntegerField(help_text="How often wrap-up was extended.")
    disposition = _word()
    ended_at = _at()
    version = serializers.IntegerField()


class AgentShape(_Shape):
    id = _word("`a_…`")
    key = _word("Staff number.")
    name_en = _word()
    name_zh = _word()
    team = _word("Key of the team.")
    contact = _word()
    state = _one_of(ShownState, "What everybody sees, from presence, work and device.")
    state_since = _at()
    presence = _one_of(Presence, "What the person says.")
    reason = _word()
    presence_since = _at()
    pending_presence = _word("Taken after the work at hand; null if nothing is pending.", null=True)
    pending_reason = _word()
    device = _one_of(DEVICES, "What the phone says.")
    idle_since = _at()
    lease_expires_at = _at("Without a heartbeat until then the agent goes offline.")
    missed_in_row = serializers.IntegerField()
    version = serializers.IntegerField()


class InstructionShape(_Shape):
    kind = _one_of(("route",))
    reservation = _word()
    agent = _word()
    contact = _word()
    ring_s = serializers.IntegerField()
    headers = serializers.DictField(child=serializers.CharField(), help_text="To be added to the INVITE.")
    expires_at = _at("After this the agent is no longer held.")


class WaitEstimateShape(_Shape):
    """How long callers in this place wait: half of them at most p50_s, nine in ten at most p90_s."""

    p50_s = serializers.FloatField()
    p90_s = serializers.FloatField()


class StandingShape(_Shape):
    """A call, the agent held for it, what to do next; while it waits, its position too."""

    call = CallShape()
    reservation = ReservationShape(allow_null=True)
    instruction = InstructionShape(allow_null=True)
    position = serializers.IntegerField(required=False, allow_null=True, help_text="1 = next.")
    wait_estimate = WaitEstimateShape(required=False, allow_null=True, help_text="Null where none can be given.")
    reason = _word("Why there is no estimate.")

    def get_fields(self) -> dict[str, Any]:
        shown = super().get_fields()
        shown["reason"].required = False
        return shown


class ReservationAnswer(_Shape):
    reservation = ReservationShape()


class ReservationsAnswer(_Shape):
    reservations = ReservationShape(many=True)


class AgentAnswer(_Shape):
    agent = AgentShape()
    lease_id = serializers.UUIDField(required=False, allow_null=True, help_text="The lease to renew by heartbeat.")


class AgentsAnswer(_Shape):
    agents = AgentShape(many=True)


class QueueShape(_Shape):
    key = _word()
    name_en = _word()
    name_zh = _word()
    waiting = serializers.IntegerField()
    longest_wait_s = serializers.FloatField(allow_null=True)
    free_agents = serializers.IntegerField()


class QueuesAnswer(_Shape):
    queues = QueueShape(many=True)


class ItemShape(_Shape):
    """What became of one item, in the order sent."""

    result = _one_of(("applied", "stored", "duplicate", "stale", "held", "quarantined"))
    code = serializers.CharField(required=False, help_text="Why, where it was not applied.")
    sentence = serializers.CharField(required=False, help_text="The same for a person.")
    call = serializers.CharField(required=False, help_text="`c_…`, where the call is known.")


class ItemsAnswer(_Shape):
    results = ItemShape(many=True)


class EventShape(_Shape):
    id = _word("`evt_…`: the same in every repetition.")
    type = _word("As `call.queued`.")
    at = _at(null=False)
    call = _word(null=True)
    sequence = serializers.IntegerField(allow_null=True, help_text="1, 2, 3 … without a gap within a call.")
    reservation = _word(null=True)
    agent = _word(null=True)
    actor = _word("Who made it happen.")
    data = serializers.JSONField(  # type: ignore[assignment]
        help_text="State after it: ids, codes, times. No names, no numbers."
    )


class FeedEventShape(EventShape):
    cursor = _word("Go on after this event by `after=`.")


class EventsAnswer(_Shape):
    events = FeedEventShape(many=True)
    next = _word("Cursor to ask with next.")


class TrunkInstructionShape(_Shape):
    """`route` carries what an arrival's instruction carries; the others what they are about."""

    kind = _one_of(("route", "release", "park", "drop"))
    call = _word()
    external_id = _word("The switch's own id of the call.")
    reservation = serializers.CharField(required=False, help_text="Of `route` and `release`.")
    agent = serializers.CharField(required=False)
    contact = serializers.CharField(required=False)
    ring_s = serializers.IntegerField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    expires_at = serializers.CharField(required=False, allow_null=True)
    queue = serializers.CharField(required=False, allow_null=True, help_text="Of `park`: where the caller waits now.")
    reason = serializers.CharField(required=False, allow_blank=True, help_text="Of `drop`.")


class InstructionsAnswer(_Shape):
    instructions = TrunkInstructionShape(many=True)
    next = _word("Cursor to ask with next.")


class SyncAnswer(_Shape):
    """One consistent snapshot: it, and the events after its cursor, are the state."""

    cursor = _word()
    at = _at(null=False)
    calls = CallShape(many=True)
    reservations = ReservationShape(many=True)
    agents = AgentShape(many=True)


class EvidenceShape(_Shape):
    """What the switch sent, as it sent it."""

    type = _word()
    result = _word()
    code = _word()
    received_at = _at(null=False)
    raw = serializers.JSONField()


class TimelineAnswer(_Shape):
    call = CallShape()
    events = EventShape(many=True)
    evidence = EvidenceShape(many=True)


class LimitsAnswer(_Shape):
    rate_per_s = serializers.IntegerField(help_text="Requests a second and key.")
    burst = serializers.IntegerField(help_text="At once.")
    body_bytes = serializers.IntegerField()
    batch_bytes = serializers.IntegerField()
    batch_items = serializers.IntegerField()
    attributes_bytes = serializers.IntegerField()
    nesting = serializers.IntegerField(help_text="Levels of lists and objects.")
    page = serializers.IntegerField(help_text="Largest `limit`.")
    wait_s = serializers.IntegerField(help_text="Longest `wait`.")
    waiters = serializers.IntegerField(help_text="Waiting at once in one process.")
    idempotency_hours = serializers.IntegerField()
    oldest_event_hours = serializers.IntegerField()


class FaultShape(_Shape):
    pointer = _word("JSON pointer to the field.")
    code = _word()
    detail = _word()


class ProblemShape(_Shape):
    """problem+json, RFC 9457."""

    type = _word("A page that explains the code.")
    title = _word()
    status = serializers.IntegerField()
    detail = _word("A sentence to act on.")
    code = _word("Stable; branch on this.")
    request_id = _word("Tell us this one.")
    state = serializers.CharField(required=False)
    version = serializers.IntegerField(required=False)
    errors = FaultShape(many=True, required=False)  # type: ignore[assignment]
