"""The core of all dialects: what was heard goes to the hall, and what stands then is the answer.

Nothing of a call is kept here. Every request may come twice, late or not at all: arrivals, steps and reports have
identities of their own, and the answer is read from the call as it stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import routing.in_line
import routing.queries
from callcenter import hall
from callcenter.foundation.errors import Conflict, Gone, Invalid
from callcenter.foundation.principal import Principal
from callcenter.foundation.transactions import in_one_transaction
from callcenter.hall.inbound import CallArrival
from callcenter.telephony import answers, batches, intake, naming
from callcenter.telephony.api.calls import arrive
from callcenter.telephony.destinations import dialled
from callcenter.telephony.dialects import asking, menus, registry, ringing_back, silence
from callcenter.telephony.dialects.lines import LineFacts
from callcenter.telephony.dialects.words import (
    Answer,
    Ask,
    Divert,
    Goodbye,
    Heard,
    Line,
    Lines,
    Nothing,
    Place,
    Ring,
    Wait,
    What,
)
from callcenter.telephony.wire import LONGEST_EXTERNAL_ID
from ivr.flows import queries as flows
from ivr.flows.definition import Definition
from routing.results import CallView
from routing.states import SENT_OUTSIDE, CallState

WAIT_S = 5
_SAY_PLACE_EVERY_S = 30
_BCP_47 = {"zh": "zh-Hans", "en": "en"}
_WORDS = {
    "closed": {
        "zh": "现在是非服务时间，请在服务时间内来电，谢谢。",
        "en": "We are closed now. Please call again later.",
    },
    "position": {"zh": "您前面还有{ahead}位客户，请稍候。", "en": "There are {ahead} callers before you. Please hold."},
    "minutes": {"zh": "预计等候约{minutes}分钟。", "en": "The wait is about {minutes} minutes."},
    "next": {"zh": "您是下一位，请稍候。", "en": "You are next. Please hold."},
    "nobody": {"zh": "系统忙，请稍后再拨。", "en": "We cannot take your call now. Please call again later."},
}


def hear(
    *, heard: Heard, place: Place, line: LineFacts, principal: Principal, said: dict[str, str], now: datetime
) -> Answer:
    """Do what was heard, and say what is next. `said` is the request as it came, kept as evidence."""
    heard = replace(heard, external_id=heard.external_id[:LONGEST_EXTERNAL_ID])
    talk = _Talk(line=line, principal=principal, now=now, said=said)
    match heard.what:
        case What.OVER:
            return talk.over(heard)
        case What.PROGRESS:
            talk.report_leg(heard)
            return Nothing()
        case What.PICKED_UP:
            return talk.picked_up(heard, place)
        case What.JOINING:
            return talk.joining(heard)
        case What.DIALLED:
            talk.report_leg(heard)
        case What.ARRIVED:
            talk.arrive(heard)
        case _:
            pass
    if heard.gone:
        return talk.over(heard)
    call = routing.queries.call_by_external(source=line.group, external_id=heard.external_id)
    if call is None:  # its arrival was lost on the way
        call = talk.arrive(heard)
    answer = talk.next(call, heard, place)
    if line.dialect in registry.ASKS_AGAIN:  # a connection of Asterisk compares both sides instead
        silence.expect(call_id=call.id, trunk=line.trunk, answer=answer, now=now)
    return answer


class _Talk:
    """One request of one trunk."""

    def __init__(self, *, line: LineFacts, principal: Principal, now: datetime, said: dict[str, str]) -> None:
        self.line, self.principal, self.now, self.said = line, principal, now, said

    # --- in -------------------------------------------------------------------------------------------------------
    def arrive(self, heard: Heard) -> CallView:
        """The call is known from here on; without menus it is queued at once."""
        queue = heard.queue or ("" if self.line.menus else self.line.queue)
        arrival = CallArrival(
            domain=self.line.domain,
            source=self.line.group,
            external_id=heard.external_id,
            from_number=heard.from_number,
            to_number=heard.to_number,
            queue=queue or None,
            language=_BCP_47[self.line.language],
        )
        try:
            return self._arrive(arrival)
        except Invalid as why:
            known = routing.queries.call_by_external(source=self.line.group, external_id=heard.external_id)
            if why.code == "external_id_reused" and known is not None:
                return known  # some platforms spell the numbers of one call in several ways
            if why.code != "unknown_queue":
                raise
            return self._arrive(replace(arrival, queue=None))

    def _arrive(self, arrival: CallArrival) -> CallView:
        return in_one_transaction(lambda: arrive(arrival, principal=self.principal, now=self.now)).call

    def over(self, heard: Heard) -> Answer:
        self._report(heard, "hangup", by=heard.by or "caller")
        return Nothing()

    def picked_up(self, heard: Heard, place: Place) -> Answer:
        """The agent rung for a promise is on the line: the customer is dialled. Told twice, the same; too late, nobody is."""
        call = routing.queries.call_by_external(source=self.line.group, external_id=heard.external_id)
        held = routing.queries.live_reservation_of_call(call_id=call.id) if call is not None else None
        if call is None or held is None or naming.reservation_id(held.id) != heard.reservation:
            return Goodbye()
        number = answers.dial(call, held)
        try:
            hall.talk.agent_accepts(
                reservation_id=held.id, agent_id=held.agent_id, lease_id=None, actor=self.principal.name, now=self.now
            )
        except (Conflict, Gone):
            return Goodbye()
        return (
            Ring(
                call=call.external_id,
                contact=number,
                ring_s=ringing_back.CUSTOMER_S,
                reservation=heard.reservation,
                back={"call": call.external_id, "leg": "customer"},
                language=place.language,
            )
            if number
            else Goodbye()
        )

    def joining(self, heard: Heard) -> Answer:
        """The customer has answered. Where the call was taken back meanwhile, the two are not joined and this leg ends."""
        self.report_leg(heard)
        call = routing.queries.call_by_external(source=self.line.group, external_id=heard.external_id)
        return Nothing() if call is not None and call.state == CallState.CONNECTED else Goodbye()

    def report_leg(self, heard: Heard) -> None:
        """What became of the agent's leg. An end without a known answer tells the answer as well."""
        leg = heard.leg
        if leg.state in {"ringing", "answered"}:
            self._report(heard, leg.state)
        elif leg.state == "ended":
            self._report(heard, "answered", before_s=leg.talk_s or 0.0)
            if not heard.gone:
                self._report(heard, "leg_ended", by=heard.by if heard.by == "network" else "agent")
        elif leg.state == "failed" and not heard.gone:
            self._report(heard, "leg_failed", sip_code=leg.sip_code, q850=leg.q850, reason=leg.word or None,
                         heard_18x=leg.heard_18x)  # fmt: skip

    def _report(self, heard: Heard, kind: str, *, before_s: float = 0.0, **words: Any) -> None:
        """Tell the intake, once per call, reservation and kind, whatever is repeated."""
        whose = heard.reservation or "-"
        item: dict[str, Any] = {
            "type": kind,
            "at": (self.now - timedelta(seconds=before_s)).isoformat(),
            "event_id": f"{heard.external_id}:{whose}:{kind}"[:160],
            "external_id": heard.external_id,
            "reservation": heard.reservation or None,
            "said": self.said,
        }
        item |= {name: value for name, value in words.items() if value is not None}
        intake.take(items=[item], principal=self.principal, now=self.now, trunk=self.line.trunk)

    # --- out ------------------------------------------------------------------------------------------------------
    def next(self, call: CallView, heard: Heard, place: Place) -> Answer:
        """What the switch is to do with this call now."""
        if call.state == CallState.ARRIVED:
            return self._in_menus(call, heard, place)
        if self.line.dialect in registry.ASKS_AGAIN and asking.may_be_asked(call, heard):
            return asking.go_on(call=call, heard=heard, place=place, principal=self.principal, now=self.now)
        return self._by_state(call, place)

    def _by_state(self, call: CallView, place: Place, lines: Lines = ()) -> Answer:
        if call.state == CallState.RESERVED:
            return self._ring(call, place, lines)
        if call.state == CallState.QUEUED:
            return self._wait(call, place, lines)
        if call.end_reason == SENT_OUTSIDE and (number := dialled(str(call.attributes.get("sent_to", "")))):
            return Divert(number=number, lines=lines)
        if call.state == CallState.DIVERTED:
            if number := dialled(str(call.attributes.get("divert_to", ""))):
                return Divert(number=number, lines=lines)
            return Goodbye(lines=(*lines, self._line("closed", place)))
        return Goodbye(lines=lines)

    def _ring(self, call: CallView, place: Place, lines: Lines) -> Answer:
        held = routing.queries.live_reservation_of_call(call_id=call.id)
        told = answers.instruction(held) if held and not held.dialled else None
        if told is None or not told["contact"]:
            return self._wait(call, place, lines)
        return Ring(
            call=call.external_id,
            contact=told["contact"],
            ring_s=told["ring_s"],
            reservation=told["reservation"],
            headers=told["headers"],
            lines=lines,
            language=place.language,
        )

    def _wait(self, call: CallView, place: Place, lines: Lines) -> Answer:
        said = lines or self._position(call, place)
        return Wait(lines=said, seconds=WAIT_S, music=self.line.music_url, queue=call.queue or "",
                    language=place.language)  # fmt: skip

    def _position(self, call: CallView, place: Place) -> Lines:
        """How many are before, every half minute."""
        waited_s = (self.now - (call.enqueued_at or self.now)).total_seconds()
        if waited_s % _SAY_PLACE_EVERY_S >= WAIT_S:
            return ()
        line = routing.in_line.in_line(call=call, now=self.now)
        if line.position is None:
            return ()
        word = "next" if line.position == 1 else "position"
        first = self._line(word, place, ahead=line.position - 1)
        estimate = answers.wait_estimate(line.estimate)
        if (told := estimate["wait_estimate"]) is None:
            return (first,)
        return (first, self._line("minutes", place, minutes=told["say_minutes"]))

    def _line(self, word: str, place: Place, **values: object) -> Line:
        return Line(text=_WORDS[word][place.language].format(**values), language=place.language)

    # --- the menus --------------------------------------------------------------------------------------------------
    def _in_menus(self, call: CallView, heard: Heard, place: Place) -> Answer:
        found = self._flow(place, heard, call)
        if found is None:
            return self._queue(call, self.line.queue, place, ())
        version, number, definition = found
        at = replace(place, version=version)
        begins = heard.what is not What.KEYS or not place.node
        turn = menus.start(definition, at) if begins else menus.press(definition, at, heard.keys)
        self._record(turn, heard, call, place, flow=str(definition.content["flow"]), number=number)
        if isinstance(turn.ask, Ask):
            return turn.ask
        if turn.queue:
            return self._queue(call, turn.queue, turn.place, turn.lines)
        return Goodbye(lines=turn.lines)

    def _flow(self, place: Place, heard: Heard, call: CallView) -> tuple[int, int, Definition] | None:
        """The version this call walks: the one it began with, else the published one."""
        if not self.line.menus:
            return None
        entry = heard.to_number or call.to_number
        chosen = place.version or flows.choose_version(flow=self.line.flow, number=None, entry=entry)
        version = flows.version(version_id=chosen) if chosen else None
        return (version.id, version.number, version.definition) if version else None

    def _record(self, turn: menus.Turn, heard: Heard, call: CallView, place: Place, *, flow: str, number: int) -> None:
        """The steps of this turn, through the intake that every menu uses."""
        items = [
            {
                "external_id": call.external_id,
                "trunk": self.line.trunk,
                "t": self.now.isoformat(),
                "kind": step.kind,
                "node": step.node,
                "key": step.key[:32],
                "seq": place.turn * 100 + count,
                "event_id": f"{place.turn}.{count}",
                "entry": (heard.to_number or call.to_number)[:64],
                "flow": flow,
                "version": number,
            }
            for count, step in enumerate(turn.steps)
        ]
        batches.steps(items=items, principal=self.principal, now=self.now)

    def _queue(self, call: CallView, queue: str, place: Place, lines: Lines) -> Answer:
        """A place in the queue the menus lead to; in the trunk's own queue where there is none of that name."""
        for name in dict.fromkeys((queue, self.line.queue)):
            if not name:
                continue
            try:
                arrived = hall.inbound.call_queued(
                    call_id=call.id, queue=name, head_start_s=0, actor=self.principal.name, now=self.now
                )
            except Conflict:  # it moved on meanwhile: gone, or queued by a twin of this request
                return self._by_state(routing.queries.call(call_id=call.id), place)
            except Invalid:
                continue
            return self._by_state(arrived.call, place, lines)
        return way_out(self.line, place)


def way_out(line: LineFacts, place: Place) -> Answer:
    """Where a caller goes whom we cannot serve: the trunk's fallback number, else a polite end."""
    if line.fallback_number:
        return Divert(number=line.fallback_number)
    return Goodbye(lines=(Line(text=_WORDS["nobody"][place.language], language=place.language),))
