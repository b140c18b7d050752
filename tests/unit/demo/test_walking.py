"""Callers in the menus: every way ends, keys lead where the menus say, reasons are found."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from callcenter.demo.traffic.crowd import REASONS
from callcenter.demo.traffic.walking import Ending, Menus, Step
from ivr.events import KINDS

OPERATOR = Path(__file__).parents[3] / "ivr" / "flows" / "definitions" / "operator.json"


@pytest.fixture(scope="module")
def menus() -> Menus:
    return Menus(json.loads(OPERATOR.read_text("utf-8")))


def walk(menus: Menus, seed: int, reason: str = "bill_question") -> tuple[list[Step], Ending]:
    *steps, ending = menus.walk(reason=reason, language="zh", rng=Random(seed))
    assert isinstance(ending, Ending)
    return [step for step in steps if isinstance(step, Step)], ending


@pytest.mark.parametrize("seed", range(200))
def test_every_walk_speaks_the_vocabulary_and_ends(menus: Menus, seed: int) -> None:
    steps, ending = walk(menus, seed, sorted(REASONS)[seed % len(REASONS)])
    assert {step.kind for step in steps} <= KINDS
    assert all(step.after_s >= 0 and step.node in menus.nodes for step in steps)
    assert (steps[-1].kind == "transfer") == bool(ending.queue)


@pytest.mark.parametrize("seed", range(100))
def test_a_pressed_key_leads_to_its_target(menus: Menus, seed: int) -> None:
    steps, _ = walk(menus, seed)
    for pressed, after in pairwise(steps):
        node = menus.nodes[pressed.node]
        if pressed.kind == "key" and node["kind"] == "menu":
            targets = {choice["key"]: choice["target"] for choice in node["choices"]}
            assert (after.kind, after.node) == ("enter", targets[pressed.key])


def test_most_callers_find_what_they_want(menus: Menus) -> None:
    ends = Counter(walk(menus, seed, "complaint")[1].queue for seed in range(500))
    assert ends["complaints"] > 300


def test_some_are_served_by_the_menus_alone(menus: Menus) -> None:
    kinds = [walk(menus, seed, "balance") for seed in range(300)]
    done = [steps for steps, ending in kinds if not ending.queue and any(step.kind == "task_ok" for step in steps)]
    assert len(done) > 100


def test_the_same_seed_walks_the_same_way(menus: Menus) -> None:
    assert walk(menus, 7) == walk(menus, 7)


def test_the_straight_way_is_short_and_ends_at_a_person(menus: Menus) -> None:
    *steps, ending = menus.straight_to_a_person()
    assert isinstance(ending, Ending) and ending.queue == "general"
    assert sum(step.after_s for step in steps if isinstance(step, Step)) < 1
