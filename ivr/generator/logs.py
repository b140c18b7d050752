"""A log of some weeks, clean or with planted faults, the same for the same seed. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ivr.flows.definition import Definition
from ivr.generator import walking
from ivr.generator.habits import KINDS, Fault, Habits
from ivr.generator.menus import NOWHERE, Menus, menus_of
from ivr.paths.store import Array, PathStore

FIRST_MS = 1_772_380_800_000  # Monday, 2 March 2026, in Beijing's night
LEAST_REACH = 0.01  # of calls: a fault that touches fewer is not planted


@dataclass(frozen=True, kw_only=True, eq=False)
class Log:
    """What a switch would have told, and the truth beside it."""

    store: PathStore
    faults: tuple[Fault, ...]


def generate(
    definition: Definition, *, calls: int, days: int = 28, seed: int, faults: tuple[Fault, ...] = (),
    habits: Habits | None = None, first_ms: int = FIRST_MS, version: int = 1,
) -> Log:  # fmt: skip
    """Calls from the first day on."""
    menus = menus_of(definition)
    walk = walking.Walk(menus, habits or Habits(), faults, days, seed)
    callers = walking.arrivals(walk, calls, days, first_ms)
    walking.run(walk, callers)
    flow = str(definition.content["flow"])
    return Log(store=walking.store_of(walk, callers, flow=flow, version=version), faults=faults)


def plant(definition: Definition, kind: str, *, seed: int, days: int = 28) -> Fault:
    """A fault of a kind at a drawn place and day, strong enough to touch a hundredth of calls and move its figure by half."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    menus = menus_of(definition)
    since = int(random.integers(days * 5 // 14, days * 9 // 14))
    probe = generate(definition, calls=6_000, days=7, seed=seed).store
    reach = np.bincount(probe.code, minlength=len(probe.nodes)) / len(probe)
    node, key, other = _place(menus, kind, reach, random)
    strength = _STRENGTHS[kind]
    drawn = float(random.uniform(*strength))
    return Fault(kind=kind, node=node, since_day=since, strength=round(drawn, 3), key=key, other=other)


# Between what moves the figure of its node by a half and what nobody could overlook.
_STRENGTHS = {
    "long_prompt": (8.0, 20.0),
    "dead_key": (0.3, 0.8),
    "misleading_label": (0.3, 0.7),
    "short_timeout": (2.0, 5.0),
    "loop_trap": (0.08, 0.3),
    "buried_service": (0.2, 0.6),
    "wrong_queue": (0.2, 0.8),
    "worse_version": (0.08, 0.25),
}


def _place(menus: Menus, kind: str, reach: Array, random: np.random.Generator) -> tuple[str, str, str]:
    """(node, key, other) among those that enough callers meet."""
    busy = [node for node in range(len(menus.nodes)) if reach[node] >= 2 * LEAST_REACH]
    plain = [
        node for node in busy if menus.kinds[node] == "menu" and node != menus.root and menus.nodes[node] != "more"
    ]
    if kind == "worse_version":
        return "", "", ""
    if kind == "wrong_queue":
        node = int(random.choice([one for one in busy if menus.kinds[one] == "transfer"]))
        others = [one for place, one in enumerate(menus.queues) if place != menus.queue[node]]
        return menus.nodes[node], "", str(random.choice(others))
    if kind == "buried_service":
        services = {
            int(menus.target[node][place])
            for node in plain
            for place in np.flatnonzero(menus.stands_for[node] != NOWHERE)
            if menus.kinds[menus.target[node][place]] == "task" and reach[menus.target[node][place]] >= 2 * LEAST_REACH
        }
        return menus.nodes[int(random.choice(sorted(services)))], "", ""
    if kind in {"dead_key", "misleading_label"}:
        return _choice(menus, plain, kind, reach, random)
    return menus.nodes[int(random.choice(plain))], "", ""


def _choice(
    menus: Menus, plain: list[int], kind: str, reach: Array, random: np.random.Generator
) -> tuple[str, str, str]:
    """One option of a menu that enough callers take, and another beside it that leads to a person."""
    options = []
    for node in plain:
        named = [int(place) for place in np.flatnonzero(menus.stands_for[node] != NOWHERE)]
        for place in named:
            enough = reach[menus.target[node][place]] >= 2 * LEAST_REACH
            others = [
                one
                for one in named
                if menus.kinds[menus.target[node][one]] == "transfer"
                and menus.stands_for[node][one] != menus.stands_for[node][place]
            ]
            if enough and (kind == "dead_key" or others):
                options.append((node, place, others or [place]))
    node, place, others = options[int(random.integers(len(options)))]
    other = int(random.choice(others))
    return menus.nodes[node], menus.keys[menus.key[node][place]], menus.keys[menus.key[node][other]]
