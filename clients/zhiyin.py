"""A client of the Zhiyin 知音 API: one file, Python 3.11, standard library alone. Copy it into your project.

    zhiyin = Zhiyin("https://zhiyin.example.com", key)
    standing = zhiyin.arrive("a84b4c76e66710@10.1.2.3", from_number="013812345678", queue="billing")
    if standing.instruction:
        ring(standing.instruction.contact, seconds=standing.instruction.ring_s)

It does what a careful switch does: every command carries an Idempotency-Key, and what was not answered (no connection,
5xx, 429, 409 in_progress) is sent again with the same words until `give_up_s` have passed. Fields that a later version
of the API adds are ignored here and can be read in `raw`.
"""

from __future__ import annotations

import json
import random
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest, digest
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import count
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

__all__ = [
    "Agent", "Away", "BadSignature", "Call", "Event", "Instruction", "Queue", "Refused", "Reservation", "Standing",
    "Zhiyin", "verified",
]  # fmt: skip

Json = dict[str, Any]
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_TOLERANCE_S = 300


# Exception
# ├── Refused        the API understood and said no: repeating it changes nothing
# ├── Away           nobody answered for `give_up_s`
# └── BadSignature   a webhook or a push that is not from us, too old, or changed on the way
class Refused(Exception):
    """`code` is stable and meant for programs; `sentence` is for people; `problem` is the whole answer."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")
        self.status = status
        self.code = str(problem.get("code", ""))
        self.sentence = str(problem.get("detail", ""))
        self.problem = problem


class Away(Exception):
    """Nobody answered in time. Whether the last try had an effect is unknown: ask again with the same words."""


class BadSignature(Exception):
    """Do not act on it."""


# --- what comes back ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class _Told:
    raw: Json = field(repr=False, compare=False)  # the whole object as the API sent it

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        known = {one.name for one in fields(cls)} - {"raw"}
        return cls(raw=dict(told), **{name: value for name, value in told.items() if name in known})


@dataclass(frozen=True, kw_only=True)
class Call(_Told):
    """One caller's wish to be served."""

    id: str  # c_…
    external_id: str  # yours
    state: str  # arrived | queued | reserved | connected | wrapping | completed | abandoned | …
    queue: str | None
    channel: str
    version: int  # for If-Match
    end_reason: str = ""
    ended_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Reservation(_Told):
    """An agent held for a call."""

    id: str  # r_…
    call: str
    agent: str  # a_…
    contact: str
    state: str  # pending | accepted | wrapping | completed | rejected | timeout | rescinded | canceled
    version: int
    end_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Instruction(_Told):
    """What your switch is to do next. Hearing the same one twice is harmless."""

    # route: ring this agent | release: end that leg
    # dial: by `dialled_by` agent, ring the customer; by switch, ring the agent for `ring_s`, then the customer
    # park: the caller was moved | drop: it is over
    # hold | resume | consult: ring this colleague | join: all three | hand_over: caller and colleague alone
    kind: str
    call: str = ""
    external_id: str = ""
    reservation: str = ""
    agent: str = ""
    contact: str = ""
    ring_s: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # to be added to the agent's leg
    queue: str = ""
    reason: str = ""
    to: str = ""  # of a drop: send the caller there
    message: str = ""  # of a drop: the announcement to be played first
    dial: str = ""  # the customer's number: of a promise to ring back once the agent has answered, of a `dial` now
    dialled_by: str = ""  # of a `dial`: agent | switch
    answer_path: str = ""  # with `dial` on TwiML or jambonz: the document of the call that rings the agent …
    status_path: str = ""  # … and where the platform tells what became of it


@dataclass(frozen=True, kw_only=True)
class Event(_Told):
    """One thing that happened."""

    cursor: str
    id: str
    type: str
    at: str
    call: str | None
    sequence: int | None  # within its call, without a gap
    reservation: str | None
    agent: str | None
    data: Json


@dataclass(frozen=True, kw_only=True)
class Agent(_Told):
    """Who may take calls."""

    id: str  # a_…
    key: str  # staff number
    state: str
    presence: str
    device: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Queue(_Told):
    """A line of callers, as it is now."""

    key: str
    name_en: str
    name_zh: str
    waiting: int
    longest_wait_s: float | None
    free_agents: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A call, the agent held for it, what to do next, or its place in the queue (1 is next)."""

    call: Call
    reservation: Reservation | None
    instruction: Instruction | None
    position: int | None

    @classmethod
    def of(cls, told: Json) -> Self:
        held, ring = told.get("reservation"), told.get("instruction")
        return cls(
            call=Call.of(told["call"]),
            reservation=Reservation.of(held) if held else None,
            instruction=Instruction.of(ring) if ring else None,
            position=told.get("position"),
        )


# --- the client -----------------------------------------------------------------------------------------------------
class Zhiyin:
    """One switch's line to the API. Keeps one connection; use one object per thread.

    Wherever a call is named, our `c_…` and your own `ext:{source}:{external_id}` are both understood.
    """

    def __init__(self, url: str, key: str, *, timeout_s: float = 10.0, give_up_s: float = 120.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"This is no URL of the product: {url!r}")
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._base = parts.path.rstrip("/") + "/api/v1"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.timeout_s, self.give_up_s = timeout_s, give_up_s
        self._connection: HTTPConnection | None = None
        self._boot = f"python-{uuid4().hex[:12]}"
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # --- calls ------------------------------------------------------------------------------------------------------
    def arrive(
        self, external_id: str, *, from_number: str = "", to: str = "", wait_s: int = 0, **fields: Any
    ) -> Standing:
        """Announce a call: `queue`, `channel`, `direction`, `language`, `priority`, `intent`, `attributes`, `trunk`.

        With `wait_s` (at most 25) a caller who has to wait is answered when an agent is held, or when it is over.
        """
        body = {"external_id": external_id, "from": from_number, "to": to} | fields
        return Standing.of(self._command(f"/calls?wait={wait_s}" if wait_s else "/calls", body, wait_s=wait_s))

    def dial(
        self, external_id: str, *, agent: str, to: str, purpose: str = "service", trunk: str = "", **fields: Any
    ) -> Standing:
        """Click to dial: the switch of `trunk` rings the agent (`a_…`, `key:1017`), then the customer `to`.

        `external_id` is yours. Raises Refused: contact_not_allowed, number_not_allowed, not_signed_in, agent_not_free …
        """
        wish = {"direction": "out", "dialled_by": "switch", "agent": agent, "purpose": purpose} | fields
        return self.arrive(external_id, to=to, **wish | ({"trunk": trunk} if trunk else {}))

    def call(self, call: str) -> Standing:
        return Standing.of(self._get(f"/calls/{_named(call)}"))

    def enqueue(self, call: str, queue: str, *, priority: str = "normal", version: int | None = None) -> Standing:
        """Out of the menus, into a queue."""
        body = {"queue": queue, "priority": priority}
        return Standing.of(self._command(f"/calls/{_named(call)}/enqueue", body, version))

    def hold(self, call: str, *, version: int | None = None) -> Standing:
        return Standing.of(self._command(f"/calls/{_named(call)}/hold", {}, version))

    def resume(self, call: str, *, version: int | None = None) -> Standing:
        return Standing.of(self._command(f"/calls/{_named(call)}/resume", {}, version))

    def transfer(
        self, call: str, queue: str = "", *, agent: str = "", number: str = "", version: int | None = None
    ) -> Standing:
        """To a queue, to a named agent (`a_…`, `key:1018`), or to a number outside: one of them."""
        whither = {"queue": queue, "agent": agent, "number": number}
        wish = {name: word for name, word in whither.items() if word}
        return Standing.of(self._command(f"/calls/{_named(call)}/transfer", wish, version))

    def change(
        self,
        call: str,
        *,
        queue: str = "",
        priority: str = "",
        attributes: Mapping[str, Any] | None = None,
        reason: str = "",
        version: int | None = None,
    ) -> Standing:
        """Another queue at the old place, another head start (both with the `reason`), attributes laid over the old."""
        wish = {"queue": queue, "priority": priority, "reason": reason, "attributes": attributes}
        body = {name: value for name, value in wish.items() if value not in ("", None)}
        return Standing.of(self._command(f"/calls/{_named(call)}", body, version, method="PATCH"))

    def divert(
        self, call: str, *, reason: str, to: str = "", message: str = "", version: int | None = None
    ) -> Standing:
        """Send a caller who waits elsewhere: voicemail | outside | overflow | closed."""
        body = {"reason": reason} | ({"to": to} if to else {}) | ({"message": message} if message else {})
        return Standing.of(self._command(f"/calls/{_named(call)}/divert", body, version))

    def cancel(self, call: str, *, version: int | None = None) -> Standing:
        """Take a call back, before anybody talks."""
        return Standing.of(self._command(f"/calls/{_named(call)}/cancel", {}, version))

    # --- what happened ------------------------------------------------------------------------------------------------
    def report(self, call: str, type: str, **facts: Any) -> str:
        """Tell one event of a call (`answered`, `hangup` …): applied | duplicate | stale | held | quarantined."""
        told = self._command(f"/calls/{_named(call)}/events", self.event(type, **facts))
        return str(told["results"][0]["result"])

    def event(self, type: str, **facts: Any) -> Json:
        """An event as of now, numbered, for `report_all` or a queue of your own that survives a restart."""
        return {"type": type, "at": instant(), "boot": self._boot, "seq": next(self._numbers)} | facts

    def report_all(self, items: Sequence[Json]) -> list[Json]:
        """Up to 1,000 events of many calls and kinds; a result for each, in order."""
        results: list[Json] = self._command("/switch-events", list(items))["results"]
        return results

    def walked(self, steps: Sequence[Json]) -> list[Json]:
        """Steps of callers in the menus."""
        results: list[Json] = self._command("/ivr/events", list(steps))["results"]
        return results

    def live_calls(self, trunk: str, external_ids: Iterable[str], *, as_of: datetime | None = None) -> Json:
        """After a restart or a gap: all calls your switch still has. Answers `closed` and `unknown`."""
        at = instant(as_of)
        return self._ask("PUT", f"/trunks/{quote(trunk, safe='')}/calls", {"as_of": at, "calls": list(external_ids)})

    def started(self, trunk: str, *, boot: str = "", external_ids: Iterable[str] = ()) -> Json:
        """Your switch runs anew, with these calls of before: tell it first of all. Answers `closed` and `talking`."""
        body = {"boot": boot or self._boot, "calls": list(external_ids)}
        return self._command(f"/trunks/{quote(trunk, safe='')}/started", body)

    # --- what to do next ----------------------------------------------------------------------------------------------
    def instructions(self, *, wait_s: int = 25, trunk: str = "") -> Iterator[Instruction]:
        """For ever: every agent to be rung now, then each instruction as it comes."""
        cursor = ""
        while True:
            page = self._page("/instructions", cursor, wait_s, trunk)
            if page is None:
                cursor = ""
                continue
            yield from map(Instruction.of, page["instructions"])
            cursor = page["next"]

    def next(self, call: str, *, wait_s: int = 25) -> Iterator[Instruction]:
        """The same for one call alone, until it is over on our side (`drop`): for a script that holds one caller."""
        path, cursor = f"/calls/{_named(call)}/next", ""
        while True:
            page = self._page(path, cursor, wait_s, "", waits_at_first=True)
            cursor = page["next"] if page else ""
            for told in page["instructions"] if page else ():
                yield Instruction.of(told)
                if told["kind"] == "drop":
                    return

    def events(self, *, after: str, types: Sequence[str] = (), wait_s: int = 25) -> Iterator[Event]:
        """For ever: every event after a cursor (of `sync()`), in order and without a gap.

        Raises Refused (cursor_expired) for a cursor no longer kept: take `sync()` and go on from its cursor.
        """
        while True:
            page = self._get("/events", wait_s=wait_s, after=after, wait=wait_s, types=",".join(types))
            yield from map(Event.of, page["events"])
            after = page["next"]

    def sync(self) -> Json:
        """One consistent snapshot of all that lives: `calls`, `reservations`, `agents`, and the `cursor` behind it."""
        return self._get("/sync")

    # --- agents, reservations, queues ---------------------------------------------------------------------------------
    def agents(self) -> list[Agent]:
        return [Agent.of(told) for told in self._get("/agents")["agents"]]

    def queues(self) -> list[Queue]:
        return [Queue.of(told) for told in self._get("/queues")["queues"]]

    def set_presence(self, agent: str, presence: str, **more: Any) -> tuple[Agent, str | None]:
        """available | break | offline. Signing in answers the lease to renew with `heartbeat` every 5 seconds."""
        told = self._ask("PUT", f"/agents/{_named(agent)}/presence", {"presence": presence} | more)
        return Agent.of(told["agent"]), told["lease_id"]

    def heartbeat(self, agent: str, lease_id: str) -> Agent:
        return Agent.of(self._command(f"/agents/{_named(agent)}/heartbeat", {"lease_id": lease_id})["agent"])

    def set_device(self, agent: str, device: str) -> Agent:
        return Agent.of(self._ask("PUT", f"/agents/{_named(agent)}/device", {"device": device})["agent"])

    def occupy(self, agent: str, kind: str, *, for_s: int = 3600) -> Agent:
        """The agent talks past us (direct | outbound | external): nobody is sent there until `vacate`."""
        told = self._command(f"/agents/{_named(agent)}/occupancy", {"kind": kind, "for_s": for_s})
        return Agent.of(told["agent"])

    def vacate(self, agent: str) -> Agent:
        return Agent.of(self._ask("DELETE", f"/agents/{_named(agent)}/occupancy")["agent"])

    def reservations(self, *, agent: str = "", state: Sequence[str] = ()) -> list[Reservation]:
        told = self._get("/reservations", agent=agent, state=",".join(state))
        return [Reservation.of(one) for one in told["reservations"]]

    def accept(self, reservation: str, **more: Any) -> Reservation:
        return self._reservation(reservation, "accept", more)

    def reject(self, reservation: str, *, reason: str = "declined", **more: Any) -> Reservation:
        return self._reservation(reservation, "reject", {"reason": reason} | more)

    def complete(self, reservation: str, *, disposition: str = "", **more: Any) -> Reservation:
        return self._reservation(reservation, "complete", {"disposition": disposition} | more)

    def _reservation(self, reservation: str, verb: str, body: Json) -> Reservation:
        return Reservation.of(self._command(f"/reservations/{_named(reservation)}/{verb}", body)["reservation"])

    # --- asking -------------------------------------------------------------------------------------------------------
    def _page(self, path: str, after: str, wait_s: int, trunk: str, *, waits_at_first: bool = False) -> Json | None:
        """A page of a long poll; None where the cursor is not kept any more."""
        cursor: dict[str, str | int] = {"after": after, "wait": wait_s} if after or waits_at_first else {}
        try:
            return self._get(path, wait_s=wait_s, trunk=trunk, **cursor)
        except Refused as why:
            if why.code != "cursor_expired":
                raise
            return None

    def _get(self, path: str, *, wait_s: float = 0.0, **query: str | int) -> Json:
        asked = urlencode({name: value for name, value in query.items() if value != ""})
        return self._ask("GET", f"{path}?{asked}" if asked else path, wait_s=wait_s)

    def _command(
        self, path: str, body: Any, version: int | None = None, *, method: str = "POST", wait_s: float = 0.0
    ) -> Json:
        """One wish, however often it is sent."""
        headers = {"Idempotency-Key": uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._ask(method, path, body, headers, wait_s=wait_s)

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, *, wait_s: float = 0.0
    ) -> Json:
        raw = None if body is None else json.dumps(body).encode()
        until, pause = time.monotonic() + self.give_up_s, _FIRST_PAUSE_S
        while True:
            why, wanted = "no answer", None
            try:
                status, wanted, answer = self._once(method, path, raw, headers or {}, wait_s)
                if status < 300:
                    return answer
                if not (status >= 500 or status == 429 or answer.get("code") == "in_progress"):
                    raise Refused(status, answer)
                why = f"{status} {answer.get('code', '')}"
            except (OSError, HTTPException) as broken:
                self.close()
                why = str(broken) or type(broken).__name__
            if time.monotonic() + pause > until:
                raise Away(f"{method} {path}: {why}, for {self.give_up_s:g} s")
            time.sleep(max(wanted or 0.0, random.uniform(0.5, 1) * pause))
            pause = min(_LONGEST_PAUSE_S, 2 * pause)

    def _once(
        self, method: str, path: str, raw: bytes | None, headers: Mapping[str, str], wait_s: float
    ) -> tuple[int, float | None, Json]:
        """Status, the seconds of Retry-After, and the body."""
        if self._connection is None:
            self._connection = self._kind(self._host, self._port)
        self._connection.timeout = self.timeout_s + wait_s
        if self._connection.sock is not None:
            self._connection.sock.settimeout(self.timeout_s + wait_s)
        self._connection.request(method, self._base + path, raw, self._headers | dict(headers))
        answer = self._connection.getresponse()
        text = answer.read()
        retry = answer.getheader("Retry-After", "")
        try:
            body = json.loads(text)
        except ValueError:  # a proxy in between has answered
            body = {"code": "", "detail": text[:200].decode("utf-8", "replace")}
        return answer.status, float(retry) if retry.isdigit() else None, body


def _named(word: str) -> str:
    """An id as it stands in an address; `ext:pbx:a/b@c` too."""
    return quote(word, safe=":@")


def instant(at: datetime | None = None) -> str:
    """A time as the API reads it, by default now."""
    return (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- what we send you -------------------------------------------------------------------------------------------------
def verified(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> Json:
    """The content of a webhook or of a pushed instruction, once it is sure to be ours. `body` are the bytes as they came.

    Raises BadSignature. While a secret is being rotated, verify with either.
    """
    said = {name.lower(): value for name, value in headers.items()}
    name, at, signatures = (said.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not at.isdigit() or abs((time.time() if now is None else now) - int(at)) > _TOLERANCE_S:
        raise BadSignature("It carries no time, or one more than five minutes from now.")
    key = b64decode(secret.removeprefix("whsec_"))
    ours = b"v1," + b64encode(digest(key, f"{name}.{at}.".encode() + body, sha256))
    if not any(compare_digest(ours, one.encode()) for one in signatures.split()):
        raise BadSignature("No signature fits this secret.")
    told: Json = json.loads(body)
    return told
