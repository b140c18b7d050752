"""What an Asterisk does for our callers: who is held, who is rung, who talks; events in, commands and reports out. Pure.

A caller's channel enters the application and is held with music; an agent's channel is dialled into the same
application, and once it is answered both stand in one mixing bridge. An agent's channel bears its reservation in its
id, so that a repeated instruction cannot ring twice, and a restarted connector knows whom it finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.telephony.destinations import dialled, is_sip
from callcenter.telephony.dialects.ari.acts import (
    AGENT,
    DIVERTED,
    MIXING,
    Accepts,
    Act,
    Arrived,
    Command,
    Json,
    Stands,
    Told,
    Unknown,
    hang_up,
    hold,
    together,
)
from callcenter.telephony.dialects.words import number, plain

_NO_ANSWER = frozenset({0, 16, 19, 26, 102})  # causes of a channel that simply was not taken


@dataclass
class _Caller:
    """One caller on the line."""

    reservation: str = ""  # of the attempt or talk under way
    rang: bool = False
    talks: bool = False
    guest: str = ""  # reservation of the colleague who is rung or asked besides
    guest_rang: bool = False
    guest_talks: bool = False
    dial: str = ""  # a customer who is to be called, until they answer: the number
    is_dialled: bool = False  # the agent has picked up, and the number rings


class Switchboard:
    """All callers of one Asterisk. Feed it what happens and do what it says, in order."""

    def __init__(self, *, app: str, endpoint: str) -> None:
        self.app = app
        self.endpoint = endpoint  # PJSIP/{user}, or any other form with {user}, {host} or {contact}
        self.callers: dict[str, _Caller] = {}

    # --- Asterisk tells -----------------------------------------------------------------------------------------------
    def heard(self, event: Json) -> list[Act]:
        """What to do about one event; events of no concern are passed over."""
        channel = event.get("channel")
        if not isinstance(channel, Mapping) or not isinstance(channel.get("id"), str):
            return []
        name = str(channel["id"])
        match event.get("type"):
            case "StasisStart":
                return self._entered(name, channel, event.get("args"))
            case "ChannelStateChange" if channel.get("state") == "Ringing":
                return self._rings(name)
            case "StasisEnd" | "ChannelDestroyed":
                return self._left(name, event)
            case _:
                return []

    def _entered(self, name: str, channel: Json, args: Any) -> list[Act]:
        words = [str(word) for word in args] if isinstance(args, list) else []
        if name.startswith(AGENT):
            return self._answered(name, words[1] if len(words) > 1 else "")
        if name in self.callers:
            return self._reached(name) if self.callers[name].is_dialled else []
        if words == [_CUSTOMER]:  # whom nobody waits for any more
            return [hang_up(name)]
        self.callers[name] = _Caller()
        return [
            Command(method="POST", path=f"/channels/{name}/answer"),
            *hold(name),
            _arrival(name, channel, words[0] if words else ""),
        ]

    def _answered(self, name: str, caller: str) -> list[Act]:
        reservation = name.removeprefix(AGENT)
        found = self.callers.get(caller)
        if found is not None and found.guest == reservation and found.talks:
            found.guest_talks = True
            return [together(caller, name), Told(channel=caller, type="answered", reservation=reservation)]
        if found is None or found.reservation != reservation:  # the caller left, or somebody else was asked meanwhile
            return [hang_up(name)]
        if found.dial:
            return [] if found.is_dialled else [Accepts(channel=caller, reservation=reservation)]
        return self._talk(caller, found)

    def _talk(self, caller: str, found: _Caller) -> list[Act]:
        found.talks = True
        bridge, both = MIXING + caller, f"{caller},{AGENT}{found.reservation}"
        return [
            Command(method="POST", path=f"/bridges/{bridge}", query={"type": "mixing"}),
            Command(method="POST", path=f"/bridges/{bridge}/addChannel", query={"channel": both}),
            Told(channel=caller, type="answered", reservation=found.reservation),
        ]

    def _reached(self, name: str) -> list[Act]:
        """The customer who was rung back answers."""
        found = self.callers[name]
        found.dial, found.is_dialled = "", False
        return self._talk(name, found)

    def _rings(self, name: str) -> list[Act]:
        caller = self._caller_of(name)
        reservation = name.removeprefix(AGENT)
        if caller is None:
            return []
        found = self.callers[caller]
        if found.guest_rang if found.guest == reservation else found.rang:
            return []
        if found.guest == reservation:
            found.guest_rang = True
        else:
            found.rang = True
        return [Told(channel=caller, type="ringing", reservation=reservation)]

    def _left(self, name: str, event: Json) -> list[Act]:
        if name.startswith(AGENT):
            return self._agent_left(name, event) if event["type"] == "ChannelDestroyed" else []
        gone = self.callers.pop(name, None)
        if gone is None:
            return []
        acts: list[Act] = [Told(channel=name, type="hangup", words={"by": "caller"})]
        acts += [hang_up(AGENT + one) for one in (gone.reservation, gone.guest) if one]
        return [*acts, Command(method="DELETE", path=f"/bridges/{MIXING}{name}")] if gone.talks else acts

    def _agent_left(self, name: str, event: Json) -> list[Act]:
        caller = self._caller_of(name)
        if caller is None:
            return []
        reservation = name.removeprefix(AGENT)
        cause = event.get("cause")
        q850 = cause if isinstance(cause, int) and 0 < cause < 128 else None
        if self.callers[caller].guest == reservation:
            return [self._guest_left(caller, q850)]
        if self.callers[caller].dial:
            return self._agent_left_before_the_customer(caller, q850)
        before, self.callers[caller] = self.callers[caller], _Caller()
        if before.guest_talks:  # who hangs up after asking hands over: the product decides alike
            self.callers[caller] = _Caller(reservation=before.guest, talks=True)
            return [together(caller, caller), Told(channel=caller, type="leg_ended", reservation=reservation)]
        acts: list[Act] = [hang_up(AGENT + before.guest)] if before.guest else []
        if before.talks:
            words = {"by": "agent"} | ({"q850": q850} if q850 else {})
            told = Told(channel=caller, type="leg_ended", reservation=reservation, words=words)
            return [*acts, Command(method="DELETE", path=f"/bridges/{MIXING}{caller}"), told, Stands(channel=caller)]
        return [Told(channel=caller, type="leg_failed", reservation=reservation, words=_why(q850, rang=before.rang))]

    def _agent_left_before_the_customer(self, caller: str, q850: int | None) -> list[Act]:
        """Nobody has dialled the customer yet, or must not any more; the promise goes to the next agent."""
        before = self.callers[caller]
        why = {"reason": "declined"} if before.is_dialled else _why(q850, rang=before.rang)
        told = Told(channel=caller, type="leg_failed", reservation=before.reservation, words=why)
        return [*self._give_up(caller), told]

    def _give_up(self, caller: str) -> list[Act]:
        """No customer is to be rung back any more on this line: whoever rings or waits for it is let go."""
        gone = self.callers.pop(caller)
        acts: list[Act] = [hang_up(AGENT + gone.reservation)]
        return [*acts, hang_up(caller)] if gone.is_dialled else acts

    def accepted(self, channel: str, *, agreed: bool) -> list[Act]:
        """The answer to Accepts: dial the customer while the agent hears it ring, or let the agent go."""
        found = self.callers.get(channel)
        if found is None or not found.dial:
            return []
        if not agreed:
            return self._give_up(channel)
        found.is_dialled = True
        query = {"endpoint": f"Local/{found.dial}@{DIVERTED}", "app": self.app, "appArgs": _CUSTOMER}
        query["timeout"] = str(_CUSTOMER_S)
        return [
            Command(method="POST", path=f"/channels/{AGENT}{found.reservation}/ring"),
            Command(method="POST", path=f"/channels/{channel}", query=query, of=found.reservation),
        ]

    def _guest_left(self, caller: str, q850: int | None) -> Told:
        """The colleague is gone, or never came; agent and caller stay as they are."""
        found = self.callers[caller]
        reservation, rang, talked = found.guest, found.guest_rang, found.guest_talks
        found.guest, found.guest_rang, found.guest_talks = "", False, False
        if talked:
            return Told(channel=caller, type="leg_ended", reservation=reservation, words={"by": "agent"})
        return Told(channel=caller, type="leg_failed", reservation=reservation, words=_why(q850, rang=rang))

    def _caller_of(self, agent: str) -> str | None:
        reservation = agent.removeprefix(AGENT) if agent.startswith(AGENT) else ""
        if not reservation:
            return None
        return next((name for name, one in self.callers.items() if reservation in {one.reservation, one.guest}), None)

    # --- the product tells ----------------------------------------------------------------------------------------------
    def told(self, instruction: Json) -> list[Act]:
        """What to do about one instruction; hearing it twice does nothing more."""
        caller = str(instruction.get("external_id", ""))
        kind, reservation = instruction.get("kind"), str(instruction.get("reservation", ""))
        found = self.callers.get(caller)
        if found is None and kind in _RINGS and dialled(str(instruction.get("dial", ""))):
            return self._ring(caller, _Caller(), instruction)
        if found is None:  # gone, and then the agent must not wait for nobody; or on another switch of the same group
            return [Unknown(channel=caller)] if kind == "route" else []
        if kind in _RINGS:
            return self._ring(caller, found, instruction)
        if kind == "consult":
            return self._consult(caller, found, instruction)
        if kind == "release" and reservation and found.guest == reservation:
            found.guest, found.guest_rang, found.guest_talks = "", False, False
            return [hang_up(AGENT + reservation)]
        if found.dial and (kind in {"drop", "park"} or (kind == "release" and found.reservation == reservation)):
            return self._give_up(caller)
        if kind == "release" and found.reservation == reservation and not found.talks:
            self.callers[caller] = _Caller()
            return [hang_up(AGENT + reservation)]
        if kind == "park":
            return self._park(caller, found)
        if found.talks and kind in _BESIDE:
            return self._beside(caller, found, str(kind), reservation)
        return self.let_go(caller, str(instruction.get("to", ""))) if kind == "drop" else []

    def let_go(self, caller: str, where: str) -> list[Act]:
        """The caller's line ends here, or goes on in the dialplan at the number or name somebody gave."""
        number = dialled(where)
        if not number:
            return [hang_up(caller)]
        found = self.callers.pop(caller, _Caller())
        extension = number.partition(":")[2].partition("@")[0] if is_sip(number) else number
        path, query = f"/channels/{caller}/continue", {"context": DIVERTED, "extension": extension}
        acts: list[Act] = [hang_up(AGENT + one) for one in (found.reservation, found.guest) if one]
        acts.append(Command(method="POST", path=path, query=query))
        return [*acts, Command(method="DELETE", path=f"/bridges/{MIXING}{caller}")] if found.talks else acts

    def _ring(self, caller: str, found: _Caller, instruction: Json) -> list[Act]:
        reservation = str(instruction["reservation"])
        if found.reservation == reservation or found.talks:
            return []
        acts: list[Act] = [hang_up(AGENT + found.reservation)] if found.reservation else []
        acts += [hang_up(caller)] if found.is_dialled else []
        self.callers[caller] = _Caller(reservation=reservation, dial=dialled(str(instruction.get("dial", ""))))
        return [*acts, self._dial(caller, instruction)]

    def _dial(self, caller: str, instruction: Json) -> Command:
        reservation = str(instruction["reservation"])
        query = {
            "endpoint": self._endpoint(str(instruction["contact"])),
            "app": self.app,
            "appArgs": f"{'guest' if instruction['kind'] == 'consult' else 'agent'},{caller}",
            "timeout": str(int(instruction["ring_s"])),
        }
        query |= {} if self.callers[caller].dial else {"originator": caller}
        headers = {f"PJSIP_HEADER(add,{name})": value for name, value in dict(instruction["headers"]).items()}
        path = f"/channels/{AGENT}{reservation}"
        return Command(method="POST", path=path, query=query, body={"variables": headers}, of=reservation)

    def _consult(self, caller: str, found: _Caller, instruction: Json) -> list[Act]:
        """Ring a colleague; when they answer, the two agents talk while the caller hears music."""
        reservation = str(instruction["reservation"])
        if not found.talks or found.guest == reservation:
            return []
        acts: list[Act] = [hang_up(AGENT + found.guest)] if found.guest else []
        found.guest, found.guest_rang, found.guest_talks = reservation, False, False
        return [*acts, self._dial(caller, instruction)]

    def _beside(self, caller: str, found: _Caller, kind: str, reservation: str) -> list[Act]:
        """Hold, resume, join, hand over: who of the three is in the talk's bridge."""
        if kind == "hold":
            return hold(caller)
        if kind == "hand_over":
            if found.guest != reservation:
                return []
            first = found.reservation
            self.callers[caller] = _Caller(reservation=reservation, talks=True)
            return [together(caller, caller), hang_up(AGENT + first)]
        return [together(caller, caller)]

    def _park(self, caller: str, found: _Caller) -> list[Act]:
        """Sent on to another queue: the agent's leg ends, the caller hears music again."""
        self.callers[caller] = _Caller()
        acts: list[Act] = [hang_up(AGENT + one) for one in (found.reservation, found.guest) if one]
        return [*acts, *hold(caller)]

    def failed(self, reservation: str) -> list[Act]:
        """Asterisk refused to dial: the line or the endpoint is wrong, nobody is to blame."""
        caller = self._caller_of(AGENT + reservation)
        if caller is None:
            return []
        if self.callers[caller].is_dialled:  # not the agent's phone, but the way outside
            return [*self._give_up(caller), Told(channel=caller, type="hangup", words={"by": "network"})]
        if self.callers[caller].guest == reservation:
            self.callers[caller].guest = ""
        elif self.callers[caller].dial:
            del self.callers[caller]
        else:
            self.callers[caller] = _Caller()
        return [Told(channel=caller, type="leg_failed", reservation=reservation, words={"reason": "failed"})]

    def stands(self, channel: str, *, waits: bool) -> list[Act]:
        """The answer to Stands: back to the music, or the end."""
        if channel not in self.callers:
            return []
        return hold(channel) if waits else [hang_up(channel)]

    # --- after a gap ------------------------------------------------------------------------------------------------------
    def adopt(self, channels: Iterable[Json]) -> list[Act]:
        """Take over what lives on the switch after a connection: callers known or new; the rest is forgotten, and told."""
        present = {str(one.get("id")): one for one in channels if self._is_ours(one)}
        acts: list[Act] = []
        # A customer who is being rung back is no channel of ours yet: their agent's channel tells.
        for name in [name for name, one in self.callers.items() if name not in present and not one.dial]:
            acts += self._left(name, {"type": "StasisEnd"})
        guests = _talks(present, "guest")
        talks = guests | _talks(present, "agent")  # whom nobody else serves, a colleague who was asked does
        for name in [one for one in present if not one.startswith(AGENT) and one not in self.callers]:
            if name in talks:  # this connector was started anew: who talks talks on
                beside = guests[name] if guests.get(name, talks[name]) != talks[name] else ""
                self.callers[name] = _Caller(
                    reservation=talks[name], talks=True, guest=beside, guest_talks=bool(beside)
                )
                continue
            self.callers[name] = _Caller()
            acts += [*hold(name), _arrival(name, present[name], _queue_asked_for(present[name]))]
        for caller in list(self.callers.values()):
            for one in (caller.guest, caller.reservation):
                if one and AGENT + one not in present:
                    acts += self._agent_left(AGENT + one, {"type": "ChannelDestroyed"})
        strays = [one for one in present if one.startswith(AGENT) and self._caller_of(one) is None]
        return [*acts, *(hang_up(one) for one in strays)]

    def _is_ours(self, channel: Json) -> bool:
        plan = channel.get("dialplan")
        said = plan if isinstance(plan, Mapping) else {}
        inside = said.get("app_name") == "Stasis" and str(said.get("app_data", "")).split(",")[0] == self.app
        return inside or str(channel.get("id", "")).startswith(AGENT)

    def _endpoint(self, contact: str) -> str:
        user, _, host = contact.partition(":")[2].partition("@") if ":" in contact else (contact, "", "")
        return self.endpoint.replace("{contact}", contact).replace("{user}", user).replace("{host}", host)


def is_caller(channel: str) -> bool:
    """Whether a channel may be a caller's: those we made for agents say so by their ids."""
    return not channel.startswith(AGENT)


_CUSTOMER = "customer"  # what a channel of somebody rung back is called with
_CUSTOMER_S = 45  # how long it rings
_RINGS = frozenset({"route", "dial"})  # an agent, for a caller or before the customer is dialled
_BESIDE = frozenset({"hold", "resume", "join", "hand_over"})


def _talks(present: Mapping[str, Json], role: str) -> dict[str, str]:
    """Callers who talk, with the reservation, as the channels of agents (or guests) in the application name them."""
    found = {}
    for name, channel in present.items():
        plan = channel.get("dialplan")
        words = str(plan.get("app_data", "")).split(",") if isinstance(plan, Mapping) else []
        if name.startswith(AGENT) and len(words) == 3 and words[1] == role:
            found[words[2]] = name.removeprefix(AGENT)
    return found


def _arrival(name: str, channel: Json, queue: str) -> Arrived:
    caller, plan = channel.get("caller"), channel.get("dialplan")
    said = str(caller.get("number", "")) if isinstance(caller, Mapping) else ""
    dialled = str(plan.get("exten", "")) if isinstance(plan, Mapping) else ""
    return Arrived(channel=name, from_number=number(said), to_number=plain(dialled), queue=plain(queue, 48))


def _queue_asked_for(channel: Json) -> str:
    """What the dialplan handed to the application behind its name: `Stasis(zhiyin,billing)`."""
    plan = channel.get("dialplan")
    words = str(plan.get("app_data", "")).split(",") if isinstance(plan, Mapping) else []
    return words[1] if len(words) > 1 else ""


def _why(q850: int | None, *, rang: bool) -> dict[str, Any]:
    """An attempt that came to nothing. Asterisk ends its own ring time with causes that say little."""
    if rang and (q850 is None or q850 in _NO_ANSWER):
        return {"reason": "missed", "heard_18x": True}
    return {"heard_18x": rang} | ({"q850": q850} if q850 else {"reason": "unreachable"})
