"""An Asterisk as its connector meets it: takes commands, keeps channels and bridges, and tells what happens."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from callcenter.telephony.dialects.ari.acts import Command


@dataclass
class Asterisk:
    """Channels by id; events wait in `events` until the connector reads them."""

    app: str = "zhiyin"
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    bridges: dict[str, set[str]] = field(default_factory=dict)
    events: deque[dict[str, Any]] = field(default_factory=deque)
    commands: list[Command] = field(default_factory=list)
    broken_endpoints: frozenset[str] = frozenset()
    sent_on: dict[str, str] = field(default_factory=dict)  # caller → where the dialplan took them

    # --- people -----------------------------------------------------------------------------------------------------
    def calls_in(self, name: str, *, queue: str, caller: str = "013812345678") -> None:
        data = ",".join(word for word in (self.app, queue) if word)
        self._channel(name, caller=caller, data=data, state="Ring")
        self._tell("StasisStart", name, args=[queue] if queue else [])

    def phone_rings(self) -> None:
        name = self.agent()
        self.channels[name]["state"] = "Ringing"
        self._tell("ChannelStateChange", name)

    def agent_answers(self) -> None:
        self.answers(self.agent())

    def answers(self, name: str) -> None:
        """Whom the connector had dialled picks up."""
        channel = self.channels[name]
        channel["state"] = "Up"
        channel["dialplan"] = {"app_name": "Stasis", "app_data": f"{self.app},{channel['args']}", "exten": ""}
        self._tell("StasisStart", name, args=channel["args"].split(","))

    def agent_is(self, cause: int) -> None:
        self._gone(self.agent(), cause)

    def gives_up(self, name: str) -> None:
        """Whom the connector had dialled does not pick up."""
        self._gone(name, 19)

    def hangs_up(self, name: str) -> None:
        self._tell("StasisEnd", name)
        self._gone(name, 16)

    def agents(self) -> list[str]:
        """Channels of agents, in the order they were rung."""
        return [name for name in self.channels if name.startswith("zhiyin-agent-")]

    def agent(self) -> str:
        return self.agents()[-1]

    # --- commands -----------------------------------------------------------------------------------------------------
    def send(self, command: Command) -> int:
        self.commands.append(command)
        _, kind, name, *act = command.path.split("/")
        if kind == "bridges":
            return self._bridge(name, command, act[0] if act else "")
        if command.method == "DELETE":
            return self._delete(name)
        if act and name not in self.channels:
            return 404
        if act == ["continue"]:
            self._tell("StasisEnd", name)
            self.sent_on[name] = command.query["extension"]
            del self.channels[name]
            for members in self.bridges.values():
                members.discard(name)
        if act:
            return 204
        return self._originate(name, command)

    def _bridge(self, name: str, command: Command, act: str) -> int:
        if command.method == "DELETE":
            self.bridges.pop(name, None)
        elif act == "addChannel":
            added = set(command.query["channel"].split(","))
            if not added <= self.channels.keys():
                return 404
            for members in self.bridges.values():
                members -= added
            self.bridges[name] |= added
        elif not act:
            self.bridges.setdefault(name, set())
        return 204

    def _delete(self, name: str) -> int:
        if name not in self.channels:
            return 404
        if not name.startswith("zhiyin-agent-"):
            self._tell("StasisEnd", name)
        self._gone(name, 16)
        return 204

    def _originate(self, name: str, command: Command) -> int:
        if name in self.channels:
            return 409
        if command.query["endpoint"] in self.broken_endpoints:
            return 400
        self._channel(name, caller="", data="", state="Down")
        self.channels[name]["args"] = command.query["appArgs"]
        self.channels[name]["endpoint"] = command.query["endpoint"]
        self.channels[name]["dialplan"] = {"app_name": "AppDial2", "app_data": "(Outgoing Line)", "exten": ""}
        return 200

    # --- inside -------------------------------------------------------------------------------------------------------
    def _channel(self, name: str, *, caller: str, data: str, state: str) -> None:
        self.channels[name] = {
            "id": name,
            "name": f"PJSIP/{name}",
            "state": state,
            "protocol_id": "",
            "caller": {"name": "", "number": caller},
            "connected": {"name": "", "number": ""},
            "accountcode": "",
            "dialplan": {"context": "from-carrier", "exten": "10086", "priority": 2, "app_name": "Stasis", "app_data": data},
            "creationtime": "2026-11-22T08:00:00.000+0000",
            "language": "en",
        }  # fmt: skip

    def _gone(self, name: str, cause: int) -> None:
        channel = self.channels.pop(name)
        for members in self.bridges.values():
            members.discard(name)
        self.events.append(self._event("ChannelDestroyed", channel, cause=cause, cause_txt="…"))

    def _tell(self, kind: str, name: str, **more: Any) -> None:
        self.events.append(self._event(kind, self.channels[name], **more))

    def _event(self, kind: str, channel: dict[str, Any], **more: Any) -> dict[str, Any]:
        about = {"type": kind, "application": self.app, "asterisk_id": "02:42:ac:11:00:02", "timestamp": "…"}
        return about | {"channel": dict(channel)} | more
