"""From the caller's INVITE to the agent's, through the shipped Kamailio and the whole product, with SIPp at both ends.

The telephones' own logs are the clock and the judge: every caller must have talked or left, and the product must say of
each Call-ID what the telephones saw. A caller's log is written by the sending itself, 0.05 ms after the INVITE has left (seen
beside a capture of the loopback); a line before it would be a tick of SIPp's, 1.2 ms, too early.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import burning, hosting
from benchmarks.figures import Figure, measured, not_run, percentile
from callcenter.embedded.postgres import postgres_pid

if TYPE_CHECKING:
    from tests.sip.rig import Rig, Seen

NAMES = (
    "telephony.sip_invite_to_agent_ms.p50",
    "telephony.sip_invite_to_agent_ms.p99",
    "telephony.sip_invite_to_agent_load_ms.p99",
    "telephony.sip_calls_lost",
    "telephony.sip_state_mismatches",
)
AGENTS = 30
QUIET = {"default": 100, "full": 600}  # calls at 10/s, an agent always free
LOAD = {"default": 600, "full": 600}  # calls at 40/s
STRUCK = {"default": 600, "full": 600}  # calls while the product is killed
STRUCK_RATE = {"default": 5, "full": 40}  # calls/s; what waits while nobody serves must be served as well
STRIKES = (0.2, 0.45, 0.7)  # of the time in which they call
VICTIMS = ("web", "route", "relay")  # all at once, kill -9
TALK_MS = 400
RING_MS = 100  # the scenario's agent
# One key speaks for the whole floor, and nobody sends its heartbeats.
SETTINGS = {"API_RATE_PER_S": "5000", "API_BURST": "5000", "PRESENCE_LEASE_S": "3600"}
PATIENCE_S = 500  # of callers while the product is killed: a start takes a minute on a machine that does much else
CROWD_S = 150  # who has not been served by then is counted as lost
SETTLE_S = 60


# A talk that was told only after its end is known by the agent's reservation alone.
_SERVED = frozenset({"call.connected", "reservation.completed"})


class Failed(Exception):
    """What was seen makes no figure; the message says it."""


def run(scale: str) -> Iterator[Figure]:
    from tests.sip.rig import MISSING

    if MISSING:
        yield from (not_run(name, f"{MISSING[0]} is not installed") for name in NAMES)
        return
    with _rig() as rig:
        quiet, set_aside, spent_quietly = _undisturbed(rig, count=QUIET[scale], rate=10)
        load, more_set_aside, spent = _undisturbed(rig, count=LOAD[scale], rate=40)
        struck = _crowd_under_fire(rig, count=STRUCK[scale], rate=STRUCK_RATE[scale])
        _settle(rig)
        everybody = quiet + set_aside + load + more_set_aside + struck
        lost, wrong = _judged(rig, everybody)
        wrong += len(rig.api("GET", "/sync")["reservations"])  # an agent held for nobody
        said = f"{AGENTS} agents, SIPp and product share {os.cpu_count()} cores"
        calm, busy = _times_ms(rig, quiet), _times_ms(rig, load)
    if not calm or not busy:
        raise Failed(f"no telephone rang: {len(quiet)} and {len(load)} lines in the callers' logs")
    quietly, loaded = (f"{rate} calls/s ({_offered(rate):.0%} of the agents' time)" for rate in (10, 40))
    yield measured(NAMES[0], round(percentile(calm, 0.5), 1), scale=f"{quietly}, n={len(calm)}, {said}")
    yield measured(
        NAMES[1], round(percentile(calm, 0.99), 1), scale=f"{quietly}, n={len(calm)}, {said}; {spent_quietly}"
    )
    yield measured(NAMES[2], round(percentile(busy, 0.99), 1), scale=f"{loaded}, n={len(busy)}, {said}; {spent}")
    fire = f"{STRUCK[scale]} of them at {STRUCK_RATE[scale]} calls/s with {len(STRIKES)} times kill -9 of {', '.join(VICTIMS)}"
    said = f"n={len({one.call for one in everybody})}, {fire}, {said}"
    yield measured(NAMES[3], lost, scale=said)
    yield measured(NAMES[4], wrong, scale=said)


@contextmanager
def _rig() -> Iterator[Rig]:
    """A floor whose agents are all signed in. One SIPp answers for all of them: thirty would eat half a core idling."""
    from tests.sip.rig import Kamailio, Phone, Rig, udp_port
    from tests.stack import running

    with (
        tempfile.TemporaryDirectory(prefix="zhiyin-sip-") as place,
        running(Path(place) / "var", settings=SETTINGS) as stack,
    ):
        ports = dict.fromkeys((f"agent-{number}" for number in range(AGENTS)), udp_port())
        keys = json.loads(stack.python("-m", "tests.sip.floor", json.dumps(ports)).stdout.splitlines()[-1])
        folder = Path(place) / "sip"
        folder.mkdir()
        kamailio = Kamailio(folder, api=stack.url, key=keys["switch"])
        rig = Rig(stack=stack, kamailio=kamailio, folder=folder, ports=ports, key=keys["floor"])
        try:
            rig.phones.append(Phone(folder, key="agents", port=ports["agent-0"], scenario="agent_answers"))
            for key in ports:
                rig.presence(key, "available")
            _crowd(rig, count=20, rate=10)  # connections open, plans and code paths are warm; not measured
            yield rig
        finally:
            kamailio.kill()
            for phone in rig.phones:
                phone.stop()


def _crowd(rig: Rig, *, count: int, rate: float) -> list[Seen]:
    return rig.callers(count=count, rate=rate, pause_ms=TALK_MS).finish(seconds=CROWD_S)


def _offered(rate: float) -> float:
    """Which share of the agents' time the callers ask for, by ring and talk alone."""
    return rate * (RING_MS + TALK_MS) / 1000 / AGENTS


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One crowd of callers: what they saw, and what each of their calls cost."""

    seen: list[Seen]
    cost: str


def _undisturbed(rig: Rig, *, count: int, rate: float) -> tuple[list[Seen], list[Seen], str]:
    """What the callers saw who had the machine; what those saw who had not; and what is said of it all.

    The calls of runs that do not count are judged as all are.
    """
    best, others = hosting.least_disturbed(lambda: _weighed(rig, count=count, rate=rate), prepare=lambda: _settle(rig))
    said = (
        f"set aside: p99 {percentile(_times_ms(rig, run.seen.seen), 0.99):.0f} ms while {run.host}" for run in others
    )
    return (
        best.seen.seen,
        [one for run in others for one in run.seen.seen],
        "; ".join((best.seen.cost, str(best.host), *said)),
    )


def _weighed(rig: Rig, *, count: int, rate: float) -> _Run:
    """A crowd, and what each call cost in processor time, process by process."""
    roots = {pid: name for name, pid in rig.stack.processes.pids().items()} | {rig.kamailio.process.pid: "kamailio"}
    roots |= {phone.process.pid: "sipp (agents)" for phone in rig.phones}
    if (server := postgres_pid(rig.stack.var)) is not None:
        roots[server] = "postgres"
    before = burning.look(roots)
    seen = _crowd(rig, count=count, rate=rate)
    spent = {name: 1000 * (now - before.get(name, 0.0)) / count for name, now in burning.look(roots).items()}
    said = ", ".join(f"{name} {ms:.1f}" for name, ms in sorted(spent.items(), key=lambda one: -one[1]))
    return _Run(seen=seen, cost=f"ms of processor a call: {sum(spent.values()):.1f} ({said})")


def _crowd_under_fire(rig: Rig, *, count: int, rate: float) -> list[Seen]:
    """The same while the product dies as soon as it is up again; its floor is signed in all along."""
    began = time.monotonic()
    crowd = rig.callers(count=count, rate=rate, pause_ms=TALK_MS, patience_s=PATIENCE_S)
    for share in STRIKES:
        time.sleep(max(0.0, began + share * count / rate - time.monotonic()))
        for victim in VICTIMS:
            rig.stack.kill(victim)
        rig.stack.wait_until_ready()
    return crowd.finish(seconds=count / rate + PATIENCE_S)


def _settle(rig: Rig) -> None:
    """Until the product has heard everything the switch has to tell; what it has not by then counts as a mismatch."""
    until = time.monotonic() + SETTLE_S
    while rig.kamailio.pending() and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(1)


def _times_ms(rig: Rig, seen: list[Seen]) -> list[float]:
    """Per call, from the caller's INVITE to the first agent's."""
    rung: dict[str, float] = {}
    for one in sorted((one for phone in rig.phones for one in phone.seen()), key=lambda one: one.at):
        if one.what == "rung":
            rung.setdefault(one.call, one.at.timestamp())
    invited = {one.call: one.at.timestamp() for one in seen if one.what == "invited"}
    return [1000 * (rung[call] - at) for call, at in invited.items() if call in rung]


def _judged(rig: Rig, seen: list[Seen]) -> tuple[int, int]:
    """Callers who never talked, and calls of which the product says otherwise than the telephones."""
    calls = {one.call for one in seen}
    talked = {one.call for one in seen if one.what == "talks"}
    heard = {one.call: one.reservation for phone in rig.phones for one in phone.seen() if one.what == "talks"}
    wrong = 0
    for call in calls:
        try:
            told = rig.timeline(call)
        except AssertionError:  # the product has never heard of it
            wrong += call in talked
            continue
        served = {event["reservation"] for event in told["events"] if event["type"] in _SERVED}
        right = told["call"]["outcome"] == "answered" and served == {heard.get(call)}
        wrong += right != (call in talked)
    return len(calls - talked), wrong
