"""Learning and the on/off plan: what is learned must hold on later calls, what is planned must lean to no side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from routing.scoring.blocks import is_on
from routing.scoring.training import REST, Refusal, Served, Weights, train, types_of

AGENTS = [11, 12, 13]
TRUTH = {"intent:billing": (0.9, 0.4, 0.6), "intent:fault": (0.3, 0.8, 0.6)}


def log(count: int, *, truth: Mapping[str, tuple[float, ...]] = TRUTH, seed: int = 1) -> list[Served]:
    rng = np.random.default_rng(seed)
    kinds = list(truth)
    rows = zip(rng.integers(0, len(kinds), count), rng.integers(0, 3, count), rng.random(count), strict=True)
    return [
        Served(frozenset({kinds[k], "individual"}), AGENTS[a], bool(u < truth[kinds[k]][a]), 200.0) for k, a, u in rows
    ]


def test_who_serves_whom_well_is_learned_and_priced() -> None:
    made = train(calls=log(3000), agents=AGENTS, span_s=86_400.0, version="t")
    for kind, values in TRUTH.items():
        for agent, value in zip(AGENTS, values, strict=True):
            assert made.table.value[kind, agent] == pytest.approx(value, abs=0.06)
    assert made.card["log_loss"] < made.card["log_loss_of_one_number"]  # type: ignore[operator]
    for told, true, calls in made.card["calibration"]:  # type: ignore[attr-defined]
        assert abs(told - true) < 3 * (told * (1 - told) / calls) ** 0.5 + 0.02


def test_what_does_not_hold_on_later_calls_is_refused() -> None:
    before, after = (
        log(800),
        log(200, truth={"intent:billing": (0.2, 0.9, 0.5), "intent:fault": (0.9, 0.1, 0.5)}, seed=2),
    )
    with pytest.raises(Refusal, match="no better than one number"):
        train(calls=[*before, *after], agents=AGENTS, span_s=86_400.0, version="t")


def test_few_calls_teach_nothing() -> None:
    with pytest.raises(Refusal, match="too few"):
        train(calls=log(299), agents=AGENTS, span_s=86_400.0, version="t")


def test_a_new_agent_starts_at_the_mean() -> None:
    made = train(calls=log(3000), agents=[*AGENTS, 99], span_s=86_400.0, version="t")
    of_kind = [made.table.value["intent:billing", agent] for agent in AGENTS]
    assert min(of_kind) < made.table.value["intent:billing", 99] < max(of_kind)


def test_no_protected_input() -> None:
    calls = [
        Served(frozenset({"intent:billing", "tag:religion", "tag:age-65", "sex:f", "tag:ethnicity-x"}), 11, True, 60.0)
    ] * 50
    assert types_of(calls) == ["intent:billing", REST]


def test_the_plan_leans_to_no_side() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    start = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # midnight there
    blocks = [start + timedelta(minutes=30 * n) for n in range(48 * 14)]
    on = [is_on(at=at, queue="billing", zone=zone) for at in blocks]
    assert sum(on) == len(on) / 2
    by_half_hour = Counter(at.astimezone(zone).time() for at, is_it in zip(blocks, on, strict=True) if is_it)
    assert set(by_half_hour.values()) == {7}  # each half hour of the day as often on as off
    assert all(sum(on[day * 48 : day * 48 + 48]) == 24 for day in range(14))
    assert on == [is_on(at=at + timedelta(minutes=29, seconds=59), queue="billing", zone=zone) for at in blocks]


def test_each_outcome_is_learned_or_left_out_with_the_reason() -> None:
    """Lin (11) sells and takes her time, whatever the caller wants; nobody was asked whether they were satisfied."""
    rng = np.random.default_rng(3)
    calls = [
        call._replace(sold=bool(rng.random() < (0.5 if call.agent == 11 else 0.1)), handle_s=400.0 if call.agent == 11 else 100.0)
        for call in log(1500)
    ]  # fmt: skip
    made = train(calls=calls, agents=AGENTS, span_s=86_400.0, version="t", weights=Weights(resolved=0.0, sold=1.0))
    cards: Any = made.card["outcomes"]
    assert made.card["outcome"] == "sold"
    assert made.table.value["intent:fault", 11] == pytest.approx(0.5, abs=0.08)
    assert made.table.value["intent:fault", 12] == pytest.approx(0.1, abs=0.08)
    assert "too few" in cards["satisfied"]["left_out"] and "left_out" not in cards["second"]
    dear = train(calls=calls, agents=AGENTS, span_s=86_400.0, version="t", weights=Weights(resolved=0.0, second=0.01))
    assert dear.table.value["intent:fault", 11] == pytest.approx(-4.0, rel=0.1)
    assert dear.table.value["intent:fault", 12] == pytest.approx(-1.0, rel=0.1)


def test_nobody_is_judged_by_the_night_shift() -> None:
    """Omar (12) works nights, when half as much is resolved by anybody: he stands where Lin (11) stands."""
    rng = np.random.default_rng(8)
    calls = []
    for no in range(3000):
        agent = AGENTS[no % 2]
        night = rng.random() < (0.9 if agent == 12 else 0.1)
        hour, chance = (2, 0.4) if night else (14, 0.8)
        calls.append(Served(frozenset({"individual"}), agent, bool(rng.random() < chance), 200.0, hour=hour))
    found = train(calls=calls, agents=AGENTS[:2], span_s=86_400.0, version="t")
    lin, omar = (found.table.value["individual", agent] for agent in AGENTS[:2])
    raw = [np.mean([call.resolved for call in calls if call.agent == agent]) for agent in AGENTS[:2]]
    assert abs(lin - omar) < 0.25 * abs(raw[0] - raw[1])
