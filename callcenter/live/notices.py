"""What a browser is told of an event: "look again", with ids and nothing else; and who may be told. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from callcenter.foundation.ids import public
from callcenter.foundation.principal import Role
from callcenter.live.feed import FeedEvent

SEES_ALL = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whose stream it is, as far as it decides what may be heard."""

    role: Role
    agent_id: int | None  # routing.Agent of a person who takes calls
    domain: str  # "" for people bound to none: they hear every domain

    @property
    def hears_all(self) -> bool:
        return self.role in SEES_ALL


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One server-sent event. `seq` None = no id: the reader's place in the feed does not move."""

    event: str  # agent | reservation | call | queue | notice | session | resync
    pk: str  # c_…, r_…, a_…, a queue's key, or ""
    version: int  # of the thing named; for a queue, the feed's number
    type: str  # the event's own type: call.queued
    seq: int | None = None

    def encode(self) -> bytes:
        """The lines of `text/event-stream`. JSON has no raw newline, so a line stays a line."""
        data = {"kind": self.event, "pk": self.pk, "version": self.version, "type": self.type}
        head = "" if self.seq is None else f"id: {self.seq}\n"
        return f"{head}event: {self.event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def may_hear(audience: Audience, event: FeedEvent) -> bool:
    """Agents hear what is their own; supervisors and administrators hear their whole domain; others nothing."""
    if audience.domain and event.domain != audience.domain:
        return False
    return audience.hears_all or (event.agent is not None and event.agent == audience.agent_id)


def of(event: FeedEvent) -> Notice:
    """The notice of one event."""
    kind = event.type.partition(".")[0]
    if event.type == "agent.taken_over":
        kind = "session"  # the desk that was left must turn read-only at once
    return Notice(event=kind, pk=_pk(event), version=_version(event), type=event.type, seq=event.seq)


def queue_moved(queue: str, *, seq: int) -> Notice:
    """A hint that a line has changed. Unnumbered: a lost one is healed by the next, or by the poll."""
    return Notice(event="queue", pk=queue, version=seq, type="queue.moved")


def _pk(event: FeedEvent) -> str:
    kind = event.type.partition(".")[0]
    if kind == "reservation" and event.reservation is not None:
        return public("r", event.reservation)
    if kind == "call" and event.call is not None:
        return public("c", event.call)
    if kind == "agent" and event.agent is not None:
        return public("a", event.agent)
    return ""


def _version(event: FeedEvent) -> int:
    version = event.data.get("version", event.seq_in_call)
    return version if isinstance(version, int) else event.seq


def resync(*, seq: int) -> Notice:
    """Too far behind to be told one by one: fetch the state afresh and go on from `seq`."""
    return Notice(event="resync", pk="", version=seq, type="resync", seq=seq)


def session_over(reason: str) -> Notice:
    """The stream ends because the right to it did: `signed_out`, `disabled`, `role_changed`, `expired`."""
    return Notice(event="session", pk="", version=0, type=f"session.{reason}")


def beat(*, seq: int, now: str) -> bytes:
    """The visible sign of life. `seq` ahead of the last id a page has seen means that a notice was lost."""
    return f'event: beat\ndata: {{"seq":{seq},"now":"{now}"}}\n\n'.encode()
