"""Between one Asterisk and the hall: events become commands and reports, instructions are asked for and obeyed.

One thread does everything in order: what Asterisk tells is never overtaken by what the product wants.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import routing.queries
from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Gone, Refused
from callcenter.telephony import feed, instructions, intake, naming, reconciling
from callcenter.telephony.dialects import conversation
from callcenter.telephony.dialects.ari.acts import (
    Accepts,
    Act,
    Arrived,
    Command,
    Stands,
    Told,
    Unknown,
    hang_up,
    opening,
)
from callcenter.telephony.dialects.ari.switchboard import Switchboard
from callcenter.telephony.dialects.lines import LineFacts
from callcenter.telephony.dialects.words import Divert, Goodbye, Heard, Place, What
from routing.results import CallView
from routing.states import CallState

logger = logging.getLogger(__name__)

# Sends a command; the HTTP status, 0 where no answer came.
Send = Callable[[Command], int]

_ON_THE_LINE = frozenset({CallState.ARRIVED, CallState.QUEUED, CallState.RESERVED, CallState.CONNECTED})
_WAITS = frozenset({CallState.ARRIVED, CallState.QUEUED, CallState.RESERVED})
_GRACE = timedelta(seconds=5)
_PAGE = 50


class Connector:
    """The conversation with one Asterisk while it lasts."""

    def __init__(self, *, line: LineFacts, board: Switchboard, send: Send) -> None:
        self.line, self.board, self.send = line, board, send
        self.after: int | None = None  # number of the feed; None: ask for all that stands

    def connected(self, channels: Sequence[Mapping[str, Any]]) -> None:
        """The connection stands (again): events of the gap are lost, so both sides are compared."""
        for command in opening():
            self.send(command)
        self._do(self.board.adopt(channels))
        self._forget_the_gone()
        self.after = None

    def heard(self, event: Mapping[str, Any]) -> None:
        self._do(self.board.heard(event))

    def obey(self) -> None:
        """Ask what to do next, and do it."""
        reader = instructions.Reader(
            domain=self.line.domain,
            source=self.line.group,
            actors=frozenset({self.line.principal.name}),
            limit=_PAGE,
            trunk=self.line.trunk,
            leaves_promises=naming.leaves_promises(self._trunk()),
        )
        try:
            page = instructions.standing(reader) if self.after is None else instructions.page(reader, after=self.after)
            self.after = feed.position(page["next"], domain=self.line.domain)
        except Gone:
            self.after = None
            return
        for instruction in page["instructions"]:
            self._do(self.board.told(instruction))

    # --- acts -------------------------------------------------------------------------------------------------------
    def _do(self, acts: Sequence[Act]) -> None:
        for act in acts:
            match act:
                case Command():
                    if not 200 <= self.send(act) < 300 and act.of:
                        self._do(self.board.failed(act.of))
                case Arrived():
                    self._arrived(act)
                case Told():
                    self._tell(act)
                case Stands():
                    call = routing.queries.call_by_external(source=self.line.group, external_id=act.channel)
                    waits = call is not None and call.state in _WAITS
                    self._do(self.board.stands(act.channel, waits=waits))
                case Unknown():
                    call = routing.queries.call_by_external(source=self.line.group, external_id=act.channel)
                    self._are_gone([call] if call is not None else [])
                case Accepts():
                    self._do(self.board.accepted(act.channel, agreed=self._accept(act)))

    def _accept(self, act: Accepts) -> bool:
        """Whether the agent who has picked up is still held: from then on there is time to dial the customer."""
        who = self.line.principal.name
        try:
            held = naming.reservation(act.reservation, principal=self.line.principal)
            hall.talk.agent_accepts(
                reservation_id=held.id, agent_id=held.agent_id, lease_id=None, actor=who, now=db_now()
            )
        except Refused:
            return False
        return True

    def _arrived(self, act: Arrived) -> None:
        """The caller is known and queued; menus are the dialplan's own here."""
        heard = Heard(
            what=What.ARRIVED,
            external_id=act.channel,
            from_number=act.from_number,
            to_number=act.to_number,
            queue=act.queue or self.line.queue,
        )
        now = db_now()
        line = replace(self.line, menus=False)
        answer = conversation.hear(heard=heard, place=Place(), line=line, principal=line.principal, said={}, now=now)
        # Whom to ring is told as an instruction; only that there is nothing to wait for is acted on here.
        if isinstance(answer, Divert):
            self._do(self.board.let_go(act.channel, answer.number))
        elif isinstance(answer, Goodbye):
            self.send(hang_up(act.channel))

    def _tell(self, act: Told) -> None:
        now = db_now()
        whose = act.reservation or "-"
        item = {
            "type": act.type,
            "at": now.isoformat(),
            "event_id": f"{act.channel}:{whose}:{act.type}"[:160],
            "external_id": act.channel,
            "reservation": act.reservation or None,
        }
        intake.take(items=[item | dict(act.words)], principal=self.line.principal, now=now, trunk=self.line.trunk)

    def _forget_the_gone(self) -> None:
        """Calls that we believe live and the switch does not have: their agents must be free."""
        before = db_now() - _GRACE
        live = routing.queries.live_calls(domain=self.line.domain, limit=10_000)
        on_lines = reconciling.on_lines([call for call in live if call.source == self.line.group])
        missing = [call for call in on_lines if call.external_id not in self.board.callers]
        self._are_gone([call for call in missing if call.state in _ON_THE_LINE and call.arrived_at < before])

    def _are_gone(self, calls: Sequence[CallView]) -> None:
        """Callers whom this Asterisk does not have. Those of another switch of its group are none of its business."""
        for call in reconciling.of_this(self._trunk(), calls, told=(*reconciling.ARRIVED, "call.connected")):
            self._tell(Told(channel=call.external_id, type="hangup", words={"by": "network"}))

    def _trunk(self) -> naming.TrunkFacts:
        return naming.find_trunk(key=self.line.trunk, principal=self.line.principal)
