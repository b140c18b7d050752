"""What answers hold, field by field: for the contract (OpenAPI). `answers.py` builds them; a test compares the two."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from callcenter.telephony.requests import CHANNELS
from callcenter.telephony.wire import DEVICES
from routing.results import PRIORITIES
from routing.states import CallState, Presence, ReservationState, Role, ShownState, WrapUpMode


class Shape(serializers.Serializer[Any]):
    """Stands in the contract under its own name, without the word we need to tell it from the thing."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        extend_schema_serializer(component_name=cls.__name__.removesuffix("Shape"))(cls)


def moment(help_text: str = "", *, null: bool = True) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=null, help_text=help_text)


def word(help_text: str = "", *, null: bool = False, blank: bool = True) -> serializers.CharField:
    return serializers.CharField(allow_null=null, allow_blank=blank, help_text=help_text)


def one_of(words: Any, help_text: str = "", *, null: bool = False, blank: bool = False) -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=[str(word) for word in words], allow_null=null, allow_blank=blank, help_text=help_text
    )


class CallShape(Shape):
    id = word("`c_…`")
    # DRF gathers the fields and takes them off the class: `source`, `data` and `errors` shadow nothing.
    source = word("The group of the trunk the call came by.")  # type: ignore[assignment]
    external_id = word("The switch's own id.")
    channel = one_of(CHANNELS)
    direction = word()
    state = one_of(CallState)
    outcome = word("answered, abandoned, diverted, failed, canceled or self_service; null while it is open.", null=True)
    queue = word("Key of the queue; null before one is chosen.", null=True)
    priority = one_of(PRIORITIES, "Null if the head start is none of the named ones.", null=True)
    head_start_s = serializers.IntegerField(help_text="Seconds by which the caller stands earlier in the queue.")
    from_raw = word("The caller's number as the line gave it.")
    to = word("The number called.")
    language = word("BCP 47.")
    match_basis = word("How the caller is known: exact, several, new, withheld, chosen.")
    attributes = serializers.JSONField(help_text="As sent with the arrival.")
    arrived_at = moment(null=False)
    enqueued_at = moment("Set once; the caller's place is counted from it.")
    connected_at = moment()
    held_since = moment("Null unless on hold.")
    ended_at = moment()
    ended_by = word("caller, agent, network or system.")
    end_reason = word("For abandoned calls the stage: ivr, queue or ring.")
    version = serializers.IntegerField(help_text="Grows with each event of the call; for If-Match.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return super().get_fields() | {"from": word("E.164; empty if withheld or not a number.")}


class ReservationShape(Shape):
    id = word("`r_…`")
    call = word("`c_…`")
    agent = word("`a_…`")
    agent_key = word("Staff number.")
    contact = word("Where to ring: SIP URI or extension.")
    ring_s = serializers.IntegerField(help_text="How long the switch rings.")
    role = one_of(Role)
    state = one_of(ReservationState)
    outcome = word(
        "answered, missed, rejected, busy, unreachable, failed, abandoned or rescinded; null while open.", null=True
    )
    end_reason = word("The exact reason behind the outcome.")
    because = serializers.JSONField(help_text="Why this agent.")
    created_at = moment(null=False)
    expires_at = moment("When we act by ourselves: ring over, not bridged, wrap-up over.")
    accepted_at = moment()
    connected_at = moment()
    talk_ended_at = moment()
    wrap_until = moment()
    wrap_up_mode = one_of(WrapUpMode, blank=True)
    extensions = serializers.IntegerField(help_text="How often wrap-up was extended.")
    disposition = word()
    ended_at = moment()
    version = serializers.IntegerField()


class AgentShape(Shape):
    id = word("`a_…`")
    key = word("Staff number.")
    name_en = word()
    name_zh = word()
    team = word("Key of the team.")
    contact = word()
    state = one_of(ShownState, "What everybody sees, from presence, work and device.")
    state_since = moment()
    presence = one_of(Presence, "What the person says.")
    reason = word()
    presence_since = moment()
    pending_presence = word("Taken after the work at hand; null if nothing is pending.", null=True)
    pending_reason = word()
    device = one_of(DEVICES, "What the phone says.")
    idle_since = moment()
    lease_expires_at = moment("Without a heartbeat until then the agent goes offline.")
    missed_in_row = serializers.IntegerField()
    version = serializers.IntegerField()


_DIALLED_BY = (
    "Of `dial`. `agent`: at the agent's own phone, ring `dial` for `ring_s`. `switch`: ring `contact` for `ring_s`, and"
    " `dial` once the agent has answered."
)


class InstructionShape(Shape):
    kind = one_of(("route", "dial"), "`dial`: of a call that goes out; `dialled_by` says who is rung first.")
    reservation = word()
    agent = word()
    contact = word()
    ring_s = serializers.IntegerField()
    headers = serializers.DictField(child=serializers.CharField(), help_text="To be added to the INVITE.")
    expires_at = moment("After this the agent is no longer held.")
    dial = serializers.CharField(
        required=False,
        help_text="The customer's number: of a callback to be dialled once the agent has answered, of `dial` now.",
    )
    dialled_by = serializers.ChoiceField(choices=("agent", "switch"), required=False, help_text=_DIALLED_BY)


class WaitEstimateShape(Shape):
    """How long callers in this place wait: half of them at most p50_s, nine in ten at most p90_s."""

    p50_s = serializers.FloatField()
    p90_s = serializers.FloatField()
    say_minutes = serializers.IntegerField(help_text="p50_s as a caller is told: whole minutes, rounded up.")
    say_at_most_minutes = serializers.IntegerField(help_text="p90_s likewise.")
    method = one_of(("place", "last", "head"), "Which forecaster was right last.")
    n = serializers.IntegerField(help_text="Answered waits it was judged by.")


class StandingShape(Shape):
    """A call, the agent held for it, what to do next; while it waits, its position too."""

    call = CallShape()
    reservation = ReservationShape(allow_null=True)
    instruction = InstructionShape(allow_null=True)
    guest = ReservationShape(required=False, help_text="The colleague who is asked beside the talk, or was brought in.")
    position = serializers.IntegerField(required=False, allow_null=True, help_text="1 = next.")
    wait_estimate = WaitEstimateShape(required=False, allow_null=True, help_text="Null where none can be given.")
    offers = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What the menus may offer: callback, message:KEY."
    )
    reason = word("Why there is no estimate: too_few_answers, nobody_staffed, closed.")

    def get_fields(self) -> dict[str, Any]:
        shown = super().get_fields()
        shown["reason"].required = False
        return shown


class ReservationAnswer(Shape):
    reservation = ReservationShape()


class ReservationsAnswer(Shape):
    reservations = ReservationShape(many=True)


class AgentAnswer(Shape):
    agent = AgentShape()
    lease_id = serializers.UUIDField(required=False, allow_null=True, help_text="The lease to renew by heartbeat.")


class AgentsAnswer(Shape):
    agents = AgentShape(many=True)


class QueueShape(Shape):
    key = word()
    name_en = word()
    name_zh = word()
    waiting = serializers.IntegerField()
    longest_wait_s = serializers.FloatField(allow_null=True)
    free_agents = serializers.IntegerField()


class QueuesAnswer(Shape):
    queues = QueueShape(many=True)


class QueueSettingsShape(QueueShape):
    skills = serializers.DictField(child=serializers.IntegerField(), help_text="Skill key → least level it asks for.")
    open = serializers.BooleanField(help_text="Whether it takes callers at all, over all hours.")
    target_s = serializers.IntegerField(help_text="Service level: answered within.")
    ring_s = serializers.IntegerField()
    wrap_up_mode = word()
    wrap_up_s = serializers.IntegerField()
    members = serializers.ListField(child=word(), help_text="Agents, `a_…`.")


class QueueAnswer(Shape):
    queue = QueueSettingsShape()


class SkillShape(Shape):
    key = word()
    name_en = word()
    name_zh = word()


class SkillsAnswer(Shape):
    skills = SkillShape(many=True)


class AgentSkillsAnswer(Shape):
    agent = word()
    skills = serializers.DictField(child=serializers.IntegerField(), help_text="Skill key → level 1–5.")
    version = serializers.IntegerField(help_text="Made of the content: for If-Match.")


class ItemShape(Shape):
    """What became of one item, in the order sent."""

    result = one_of(("applied", "stored", "duplicate", "stale", "held", "quarantined"))
    code = serializers.CharField(required=False, help_text="Why, where it was not applied.")
    sentence = serializers.CharField(required=False, help_text="The same for a person.")
    call = serializers.CharField(required=False, help_text="`c_…`, where the call is known.")


class ItemsAnswer(Shape):
    results = ItemShape(many=True)


class EventShape(Shape):
    id = word("`evt_…`: the same in every repetition.")
    type = word("As `call.queued`.")
    at = moment(null=False)
    call = word(null=True)
    sequence = serializers.IntegerField(allow_null=True, help_text="1, 2, 3 … without a gap within a call.")
    reservation = word(null=True)
    agent = word(null=True)
    actor = word("Who made it happen.")
    data = serializers.JSONField(  # type: ignore[assignment]
        help_text="State after it: ids, codes, times. No names, no numbers."
    )


class FeedEventShape(EventShape):
    cursor = word("Go on after this event by `after=`.")


class EventsAnswer(Shape):
    events = FeedEventShape(many=True)
    next = word("Cursor to ask with next.")


class TrunkInstructionShape(Shape):
    """`route`, `dial` and `consult` carry what an arrival's instruction carries; the others what they are about."""

    kind = one_of(("route", "dial", "release", "park", "drop", "hold", "resume", "consult", "join", "hand_over"))
    call = word()
    external_id = word("The switch's own id of the call.")
    reservation = serializers.CharField(required=False, help_text="Whose leg it is about; none of `park` and `drop`.")
    agent = serializers.CharField(required=False)
    contact = serializers.CharField(required=False)
    ring_s = serializers.IntegerField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    expires_at = serializers.CharField(required=False, allow_null=True)
    dial = serializers.CharField(
        required=False,
        help_text="Of a callback and of `dial`: the customer's number, to be dialled once the agent has answered.",
    )
    dialled_by = serializers.ChoiceField(
        choices=("agent", "switch"), required=False, help_text="Of `dial`, `switch`: the agent is rung first."
    )
    answer_path = serializers.CharField(
        required=False, help_text="With `dial` on TwiML or jambonz: the document of the call that rings the agent."
    )
    status_path = serializers.CharField(required=False, help_text="And where the platform tells what became of it.")
    queue = serializers.CharField(required=False, allow_null=True, help_text="Of `park`: where the caller waits now.")
    reason = serializers.CharField(required=False, allow_blank=True, help_text="Of `drop`.")
    to = serializers.CharField(required=False, help_text="Of `drop`: send the caller there instead of hanging up.")
    message = serializers.CharField(required=False, help_text="Of `drop`: the announcement to be played first.")


class InstructionsAnswer(Shape):
    instructions = TrunkInstructionShape(many=True)
    next = word("Cursor to ask with next.")


class SyncAnswer(Shape):
    """One consistent snapshot: it, and the events after its cursor, are the state."""

    cursor = word()
    at = moment(null=False)
    calls = CallShape(many=True)
    reservations = ReservationShape(many=True)
    agents = AgentShape(many=True)


class SwitchEventsAnswer(ItemsAnswer):
    instructions = TrunkInstructionShape(
        many=True, required=False, help_text="Where asked for by `replies=heard`: what these events made possible."
    )


class LiveCallsAnswer(Shape):
    closed = serializers.ListField(
        child=serializers.CharField(), help_text="`c_…`: over, for the switch has them no more."
    )
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Listed, but with no live call here.")


class StartedAnswer(LiveCallsAnswer):
    talking = serializers.ListField(
        child=serializers.CharField(),
        help_text="`c_…`: not listed, yet left alone, for who talks may talk on past a switch that starts anew.",
    )


class EvidenceShape(Shape):
    """What the switch sent, as it sent it."""

    type = word()
    result = word()
    code = word()
    received_at = moment(null=False)
    raw = serializers.JSONField()


class TimelineAnswer(Shape):
    call = CallShape()
    events = EventShape(many=True)
    evidence = EvidenceShape(many=True)


class WeighedShape(Shape):
    """One agent who could have taken the call. The terms add up to the score."""

    agent = word("`a_…`")
    score = serializers.FloatField()
    idle_s = serializers.FloatField(allow_null=True)
    terms = serializers.JSONField(help_text="Term → its part of the score.")
    parts = serializers.JSONField(help_text="What the term `adapted` is made of: type_fit, product_fit, language.")


class DecisionShape(Shape):
    """One choice of an agent, as it was recorded when it was made."""

    reservation = word("`r_…`")
    at = moment(null=False)
    rule = word("The queue's strategy.", null=True)
    mode = word("rules, sticky, paired or explore.", null=True)
    queue = word(null=True)
    step = serializers.IntegerField(allow_null=True, help_text="Relaxation step reached by then; 0 is none.")
    waiting = serializers.IntegerField(allow_null=True, help_text="Callers waiting then.")
    waited_s = serializers.FloatField(allow_null=True)
    considered = serializers.IntegerField(allow_null=True, help_text="Agents of the domain.")
    eligible = serializers.IntegerField(allow_null=True, help_text="Who could have taken the call.")
    removed = serializers.JSONField(allow_null=True, help_text="Reason → agents it removed.")
    fallback = word(
        "Why a queue that pairs went by rules: off_block, refused, nothing_learned, stale, absurd, altered or slow.",
        null=True,
    )
    skips = serializers.IntegerField(allow_null=True, help_text="Later callers served before this one.")
    propensity = serializers.FloatField(allow_null=True, help_text="Chance of this agent, of a call that explored.")
    table = word("Version of the values that paired it.", null=True)
    lane = serializers.JSONField(help_text="Null, or of an emergency queue: agents it may hold, and held then.")
    overflow = serializers.JSONField(help_text="Null, or the overflow rules at work then, in words.")
    weighed = WeighedShape(many=True)


class WhyNotShape(Shape):
    agent = word("`a_…`")
    code = word("chosen, outscored, behind, not_recorded, or the reason that removed the agent.")
    sentence = word()


class DecisionAnswer(Shape):
    call = word("`c_…`")
    decisions = DecisionShape(many=True)
    why_not = WhyNotShape(allow_null=True)


class LimitsAnswer(Shape):
    rate_per_s = serializers.IntegerField(help_text="Requests a second and key.")
    burst = serializers.IntegerField(help_text="At once.")
    body_bytes = serializers.IntegerField()
    batch_bytes = serializers.IntegerField()
    batch_items = serializers.IntegerField()
    attributes_bytes = serializers.IntegerField()
    nesting = serializers.IntegerField(help_text="Levels of lists and objects.")
    page = serializers.IntegerField(help_text="Largest `limit`.")
    wait_s = serializers.IntegerField(help_text="Longest `wait`.")
    waiters = serializers.IntegerField(help_text="Long polls waiting at once, of one key.")
    streams = serializers.IntegerField(help_text="Streams open at once, of one key.")
    idempotency_hours = serializers.IntegerField()
    oldest_event_hours = serializers.IntegerField()


class FaultShape(Shape):
    pointer = word("JSON pointer to the field.")
    code = word()
    detail = word()


class ProblemShape(Shape):
    """problem+json, RFC 9457."""

    type = word("A page that explains the code.")
    title = word()
    status = serializers.IntegerField()
    detail = word("A sentence to act on.")
    instance = word("The address that was asked, without its query.")
    code = word("Stable; branch on this.")
    request_id = word("Tell us this one.")
    state = serializers.CharField(required=False)
    version = serializers.IntegerField(required=False)
    errors = FaultShape(many=True, required=False)  # type: ignore[assignment]
