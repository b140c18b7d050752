"""Callers walking the menus, all at once: each round moves every caller who is still there by one node. Pure.

What the store tells of a call is what a switch would have reported; what callers wanted and what was planted is known to the
side file alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ivr.events import Outcome
from ivr.generator.habits import BUSY_DAY, QUIET_DAY, Fault, Habits
from ivr.generator.menus import NOWHERE, Menus
from ivr.paths.store import (
    BAD_KEY,
    BARGE,
    NO_INPUT,
    NOBODY,
    OUTCOMES,
    TASK,
    TRANSFER,
    ZERO_OUT,
    Array,
    PathStore,
    assemble,
)

MOST_ROUNDS = 40
DAY_MS = 86_400_000
AGENT, DONE, HUNG_UP, SYSTEM = (
    OUTCOMES.index(o) for o in (Outcome.AGENT, Outcome.TASK, Outcome.HANGUP, Outcome.SYSTEM)
)


@dataclass(kw_only=True, eq=False)
class Callers:
    """One entry a call."""

    start: Array  # ms since 1970
    day: Array  # from 0
    caller: Array
    wish: Array  # reason
    node: Array  # where now; NOWHERE once gone
    at: Array  # ms since the call's start
    outcome: Array
    chosen: Array
    queue: Array


@dataclass(kw_only=True, eq=False)
class Steps:
    """What was walked, round by round."""

    columns: dict[str, list[Array]] = field(default_factory=dict)

    def add(self, **some: Array) -> None:
        for name, column in some.items():
            self.columns.setdefault(name, []).append(column)

    def all(self, name: str) -> Array:
        return np.concatenate(self.columns[name])


class Walk:
    """The rules of one log: habits, the node's own temper, the day's weather and what was planted."""

    def __init__(self, menus: Menus, habits: Habits, faults: tuple[Fault, ...], days: int, seed: int) -> None:
        self.menus, self.habits, self.faults = menus, habits, faults
        self.random = np.random.default_rng(seed)
        spread = self.random.lognormal(0, habits.between_nodes, (2, len(menus.nodes)))
        self.no_input, self.bad_key = habits.no_input * spread[0], habits.bad_key * spread[1]
        self.weather = self.random.lognormal(0, habits.between_days, days)
        self.steps = Steps()

    def struck(self, kind: str, node: int) -> Fault | None:
        """The planted fault of this kind at this node, if there is one."""
        return next((f for f in self.faults if f.kind == kind and f.node in {"", self.menus.nodes[node]}), None)

    def touched(self, fault: Fault, callers: Callers, who: Array) -> Array:
        after: Array = callers.day[who] >= fault.since_day
        return after

    def chance(self, share: Array | float, n: int) -> Array:
        hit: Array = self.random.random(n) < share
        return hit


def arrivals(walk: Walk, calls: int, days: int, first_ms: int) -> Callers:
    """Calls by day and hour as at the bank; some people ring again, sooner if they were lost."""
    habits, random = walk.habits, walk.random
    weekday = (np.arange(days) + (first_ms // DAY_MS + 3)) % 7
    weight = np.where(weekday >= 5, habits.quiet_share, 1.0)
    day = np.sort(random.choice(days, calls, p=weight / weight.sum()))
    busy, quiet = np.array(BUSY_DAY), np.array(QUIET_DAY)
    hour = np.where(
        weekday[day] >= 5,
        random.choice(24, calls, p=quiet / quiet.sum()),
        random.choice(24, calls, p=busy / busy.sum()),
    )
    start = first_ms + day * DAY_MS + hour * 3_600_000 + random.integers(0, 3_600_000, calls)
    order = np.argsort(start, kind="stable")
    reasons = len(walk.menus.reasons)
    rest = [reason for reason in walk.menus.reasons if reason not in habits.favourites]
    rank = [[*habits.favourites, *rest].index(reason) + 1 for reason in walk.menus.reasons]
    share = 1 / np.array(rank, np.float64) ** habits.zipf
    caller = random.integers(0, max(1, round(calls * habits.caller_pool)), calls)
    return Callers(
        start=start[order], day=day[order], caller=caller,
        wish=random.choice(reasons, calls, p=share / share.sum()),
        node=np.full(calls, walk.menus.root), at=np.zeros(calls, np.int64), outcome=np.full(calls, SYSTEM),
        chosen=np.full(calls, NOBODY), queue=np.full(calls, NOWHERE),
    )  # fmt: skip


def run(walk: Walk, callers: Callers) -> None:
    """Until everybody is gone."""
    for _ in range(MOST_ROUNDS):
        here = np.flatnonzero(callers.node != NOWHERE)
        if not len(here):
            return
        for node in np.unique(callers.node[here]).tolist():
            who = here[callers.node[here] == node]
            kind = walk.menus.kinds[node]
            if kind == "menu":
                _menu(walk, callers, who, node)
            elif kind == "transfer":
                _transfer(walk, callers, who, node)
            else:
                _pass(walk, callers, who, node, kind)
    callers.node[:] = NOWHERE


def _menu(walk: Walk, callers: Callers, who: Array, node: int) -> None:
    """Listen, think, press; or be too late, press what is not offered, ask for a person, hang up."""
    menus, habits, random, n = walk.menus, walk.habits, walk.random, len(who)
    pick, lost = _pick(walk, callers, who, node)
    heard = menus.heard_s[node][pick]
    if (fault := walk.struck("long_prompt", node)) is not None:
        heard = heard + fault.strength * walk.touched(fault, callers, who)
    barge = walk.chance(habits.barge_in, n)
    heard = np.where(barge, heard * random.uniform(0.35, 0.95, n), heard)
    think = random.lognormal(np.log(habits.think_s), 0.5, n)
    weather = walk.weather[callers.day[who]]
    late, wrong = _errors(walk, callers, who, node, pick, weather)
    spent = heard + think + late * (habits.timeout_s + 0.5 * heard) + wrong * (3.0 + 0.5 * heard)
    gone = walk.chance(1 - np.exp(-habits.hang_up_per_s * spent), n)
    asks = ~gone & (
        lost | walk.chance(1 - np.exp(-habits.zero_out_per_s * weather * spent), n) | _buried(walk, callers, who, node)
    )
    spent = np.where(gone | asks, spent * random.uniform(0.25, 1.0, n), spent)
    presses = ~gone & ~asks
    out = presses & ((late >= habits.attempts) | (wrong >= habits.attempts))
    goes = menus.target[node][pick]
    goes = np.where(out, menus.way_on["on_error"][node], goes)
    goes = np.where(presses & ~out & _trapped(walk, callers, who, node), node, goes)
    goes = np.where(asks, menus.way_on["zero_out"][node], goes)
    goes = np.where(gone, NOWHERE, goes)
    ms = np.round(1000 * spent).astype(np.int64)
    walk.steps.add(
        call=who, node=np.full(n, node), at=callers.at[who].copy(), dwell=ms,
        heard=np.minimum(ms, np.round(1000 * np.minimum(heard, spent)).astype(np.int64)),
        key=np.where(presses & ~out, menus.key[node][pick], 0), late=late, wrong=wrong,
        flags=ZERO_OUT * asks + BARGE * (barge & presses), zero=np.where(asks, ms, -1),
    )  # fmt: skip
    meant = menus.stands_for[node][pick]
    settles = presses & ~out & (goes != node) & (meant != NOWHERE)
    callers.chosen[who[settles]] = meant[settles]
    _leave(callers, who, goes, ms, gone)


def _pick(walk: Walk, callers: Callers, who: Array, node: int) -> tuple[Array, Array]:
    """The place each caller presses, and who finds nothing that fits and gives the menu up."""
    menus, n = walk.menus, len(who)
    right = menus.right[node][callers.wish[who]]
    if menus.nodes[node] == "more":  # another wish, or that was all
        right = np.where(walk.chance(walk.habits.another_wish, n), 0, 1)
    elif node == menus.root and menus.choices[node] <= 2:  # which language: nobody gets that wrong
        right = np.where(walk.chance(0.92, n), 0, 1) % menus.choices[node]
    none = right == NOWHERE
    lost = none & walk.chance(0.35, n)
    pick = np.where(none, walk.random.integers(0, menus.choices[node], n), right)
    slip = walk.chance(walk.habits.slip * walk.weather[callers.day[who]], n) & ~none & (menus.choices[node] > 2)
    if (fault := walk.struck("worse_version", node)) is not None and menus.choices[node] > 2:
        slip |= walk.chance(fault.strength, n) & walk.touched(fault, callers, who) & ~none
    pick = np.where(slip, (pick + walk.random.integers(1, max(2, menus.choices[node]), n)) % menus.choices[node], pick)
    if (fault := walk.struck("misleading_label", node)) is not None:
        place = [int(np.flatnonzero(menus.key[node] == menus.keys.index(key))[0]) for key in (fault.key, fault.other)]
        misled = (pick == place[0]) & walk.chance(fault.strength, n) & walk.touched(fault, callers, who)
        pick = np.where(misled, place[1], pick)
    return pick, lost


def _errors(walk: Walk, callers: Callers, who: Array, node: int, pick: Array, weather: Array) -> tuple[Array, Array]:
    """Attempts that were too late, and presses of keys that do nothing, per visit."""
    menus, n = walk.menus, len(who)
    late_share = walk.no_input[node] * weather
    if (fault := walk.struck("short_timeout", node)) is not None:
        late_share = late_share * np.where(walk.touched(fault, callers, who), fault.strength, 1.0)
    late = np.minimum(walk.random.geometric(np.clip(1 - late_share, 0.05, 1.0)) - 1, walk.habits.attempts)
    wrong = walk.chance(walk.bad_key[node] * weather, n).astype(np.int64)
    if (fault := walk.struck("dead_key", node)) is not None:
        dead = (menus.key[node][pick] == menus.keys.index(fault.key)) & walk.touched(fault, callers, who)
        share = np.where(dead, fault.strength, 0.0)
        again = walk.random.geometric(np.clip(1 - share, 0.05, 1.0)) - 1
        wrong = np.minimum(wrong + np.where(dead, again, 0), walk.habits.attempts)
    return late, wrong


def _buried(walk: Walk, callers: Callers, who: Array, node: int) -> Array:
    """Callers of a service that its menu hides: they listen to the end and ask for a person."""
    hidden = np.zeros(len(who), np.bool_)
    for fault in (one for one in walk.faults if one.kind == "buried_service"):
        reason = walk.menus.stands_for[node]
        leads = (walk.menus.target[node] == walk.menus.nodes.index(fault.node)) & (reason != NOWHERE)
        if leads.any():
            wants = np.isin(callers.wish[who], reason[leads]) & walk.touched(fault, callers, who)
            hidden |= wants & walk.chance(fault.strength, len(who))
    return hidden


def _trapped(walk: Walk, callers: Callers, who: Array, node: int) -> Array:
    fault = walk.struck("loop_trap", node)
    if fault is None:
        return np.zeros(len(who), np.bool_)
    caught: Array = walk.chance(fault.strength, len(who)) & walk.touched(fault, callers, who)
    return caught


def _pass(walk: Walk, callers: Callers, who: Array, node: int, kind: str) -> None:
    """Announcements, digits, tasks and ends: most go on."""
    menus, habits, n = walk.menus, walk.habits, len(who)
    spent = menus.prompt_s[node] + walk.random.lognormal(np.log(4.0 if kind == "input" else 1.5), 0.5, n)
    gone = walk.chance(1 - np.exp(-habits.hang_up_per_s * spent), n) | (kind == "end")
    done = (kind == "task") & walk.chance(habits.task_done, n) & ~gone
    failed = (kind == "task") & ~done & ~gone
    error_way = menus.way_on["on_error"][node]
    goes = np.where(failed & (error_way != NOWHERE), error_way, menus.way_on["next"][node])
    ms = np.round(1000 * spent).astype(np.int64)
    walk.steps.add(
        call=who, node=np.full(n, node), at=callers.at[who].copy(), dwell=ms,
        heard=np.round(1000 * np.minimum(spent, menus.prompt_s[node])).astype(np.int64), key=np.zeros(n, np.int64),
        late=np.zeros(n, np.int64), wrong=np.zeros(n, np.int64), flags=TASK * done, zero=np.full(n, -1),
    )  # fmt: skip
    callers.outcome[who[done]] = DONE
    _leave(callers, who, np.where(gone, NOWHERE, goes), ms, gone & (kind != "end"))


def _transfer(walk: Walk, callers: Callers, who: Array, node: int) -> None:
    n = len(who)
    queue = np.full(n, walk.menus.queue[node])
    if (fault := walk.struck("wrong_queue", node)) is not None:
        astray = walk.chance(fault.strength, n) & walk.touched(fault, callers, who)
        queue = np.where(astray, walk.menus.queues.index(fault.other), queue)
    ms = np.full(n, 1500)
    nothing = np.zeros(n, np.int64)
    walk.steps.add(
        call=who, node=np.full(n, node), at=callers.at[who].copy(), dwell=ms, heard=np.full(n, -1), key=nothing,
        late=nothing, wrong=nothing, flags=np.full(n, TRANSFER), zero=np.full(n, -1),
    )  # fmt: skip
    callers.queue[who] = queue
    callers.outcome[who] = AGENT
    _leave(callers, who, np.full(n, NOWHERE), ms, np.zeros(n, np.bool_))


def _leave(callers: Callers, who: Array, goes: Array, ms: Array, hung_up: Array) -> None:
    callers.at[who] += ms
    callers.node[who] = goes
    left = who[hung_up & (callers.outcome[who] == SYSTEM)]
    callers.outcome[left] = HUNG_UP


def settle(walk: Walk, callers: Callers) -> dict[str, Array]:
    """What agents wrote down, how long they talked, and whose number rang again."""
    habits, random, n = walk.habits, walk.random, len(callers.start)
    served = callers.outcome == AGENT
    noted = np.where(walk.chance(habits.misnoted, n), random.integers(0, len(walk.menus.reasons), n), callers.wish)
    astray = served & (callers.chosen != NOBODY) & (callers.chosen != callers.wish)
    handle = random.lognormal(np.log(habits.handle_s), habits.handle_spread, n) + np.where(astray, 150.0, 0.0)
    for fault in (one for one in walk.faults if one.kind == "wrong_queue"):
        handle += 120.0 * (
            served & (callers.queue == walk.menus.queues.index(fault.other)) & (callers.day >= fault.since_day)
        )
    _redial(walk, callers)
    return {
        "final": np.where(served, noted, NOBODY),
        "handle_s": np.where(served, np.minimum(handle, 65_000), 0),
        "wait_s": np.where(served, random.exponential(25.0, n), 0),
    }


def _redial(walk: Walk, callers: Callers) -> None:
    """Who hung up rings again soon, as often as at the bank: the next call of that time is theirs."""
    hung = np.flatnonzero(callers.outcome == HUNG_UP)
    again = hung[walk.chance(walk.habits.redial, len(hung))]
    after = walk.random.lognormal(np.log(walk.habits.redial_median_s), 1.2, len(again)) * 1000
    place = np.searchsorted(callers.start, callers.start[again] + callers.at[again] + after)
    kept = place < len(callers.start)
    callers.caller[place[kept]] = callers.caller[again[kept]]


def store_of(walk: Walk, callers: Callers, *, flow: str, version: int) -> PathStore:
    """The log as the explorer's store."""
    facts, steps, menus = settle(walk, callers), walk.steps, walk.menus
    call, at = steps.all("call"), steps.all("at")
    order = np.lexsort((at, call))
    calls = len(callers.start)

    def column(name: str, kind: Any) -> Array:
        picked: Array = steps.all(name)[order].astype(kind)
        return picked

    late, wrong, zero = column("late", np.int64), column("wrong", np.int64), column("zero", np.int64)
    errors = [
        (step, kind, times)
        for kind, some in ((NO_INPUT, late), (BAD_KEY, wrong))
        for step, times in zip(np.flatnonzero(some).tolist(), some[some > 0].tolist(), strict=True)
    ]
    zeros = [(step, ms) for step, ms in zip(np.flatnonzero(zero >= 0).tolist(), zero[zero >= 0].tolist(), strict=True)]
    newer = next((one.since_day for one in walk.faults if one.kind == "worse_version"), None)
    return assemble(
        code=column("node", np.int16), dwell=column("dwell", np.int32), heard=column("heard", np.int32),
        at=at[order], flags=column("flags", np.uint8), key=column("key", np.uint8),
        length=np.bincount(call, minlength=calls), row=np.arange(calls, dtype=np.int32), start=callers.start,
        span=callers.at.astype(np.int32), outcome=callers.outcome.astype(np.uint8),
        version=np.zeros(calls, np.int16) if newer is None else (callers.day >= newer).astype(np.int16),
        queue=(callers.queue + 1).astype(np.int16), chosen=callers.chosen.astype(np.int16),
        final=facts["final"].astype(np.int16), wait_s=facts["wait_s"].astype(np.uint16),
        handle_s=facts["handle_s"].astype(np.uint16), caller=callers.caller.astype(np.int32),
        tags=np.zeros(calls, np.int16), errors=errors, zeros=zeros, nodes=menus.nodes,
        versions=(f"{flow}/{version}", f"{flow}/{version + 1}"), queues=("", *menus.queues), reasons=menus.reasons,
        keys=menus.keys, tag_sets=(frozenset(),),
    )  # fmt: skip
