"""Shares with their interval, small cells hidden beyond subtraction; planted clusters are found and keep their number."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.clusters import finding
from customers.groups.formulas import SMALLEST, hidden, index, wilson
from customers.segments.grammar import parse


def test_wilson_is_that_of_the_textbook() -> None:
    low, high = wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 0) == (0.0, 1.0) and wilson(0, 50)[0] == pytest.approx(0)
    assert index(0.2, 0.1) == 200 and index(0.2, 0) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 40), min_size=1, max_size=9))
def test_no_small_cell_is_shown_nor_told_by_subtraction(counts: list[int]) -> None:
    unseen = hidden(counts)
    assert all(counts[place] >= SMALLEST for place in range(len(counts)) if place not in unseen)
    if unseen and len(unseen) < len(counts):
        assert len(unseen) > 1 and sum(counts[place] for place in unseen) >= SMALLEST
    if min(counts) >= SMALLEST:
        assert not unseen


def crowd(shift: float = 0.0, seed: int = 3) -> dict[str, np.ndarray]:
    """Three kinds of people: young with much data, old who talk, and those with a dear plan."""
    rng = np.random.default_rng(seed)
    kinds = np.repeat([0, 1, 2], 200)
    age = np.choose(kinds, [22, 68, 45]) + rng.normal(0, 3, 600) + shift
    data = np.choose(kinds, [30, 0.5, 12]) * rng.lognormal(0, 0.2, 600)
    voice = np.choose(kinds, [60, 900, 200]) * rng.lognormal(0, 0.2, 600)
    age[::50] = np.nan
    return {"age": age, "data_gb": data, "voice_min": voice}


@pytest.fixture(scope="module")
def first() -> finding.Found:
    return finding.find(crowd(), {})


def test_planted_clusters_are_found_named_and_ruled(first: finding.Found) -> None:
    assert [one.size for one in first.clusters] == pytest.approx([200, 200, 200], abs=15)
    assert first.stability > 0.9 and first.silhouette > 0.5 and first.fidelity > 0.9
    talkers = max(first.clusters, key=lambda one: one.centre["voice_min"])
    assert {trait.field for trait in talkers.traits} == {"age", "data_gb", "voice_min"}
    assert next(one for one in talkers.traits if one.field == "data_gb").deviations < -1
    for one in first.clusters:
        parse(one.rule)  # a rule can be asked
        asked = [json.dumps(path["all"][:-1]) for path in one.rule["any"]]
        assert len(asked) == len(set(asked))  # and asks nothing whose answer does not matter


def test_clusters_keep_their_numbers_over_runs_and_new_ones_get_new_numbers(first: finding.Found) -> None:
    before: dict[int, Any] = {one.number + 10: one.centre for one in first.clusters}
    before[7] = {name: value + 9 for name, value in first.clusters[0].centre.items()}  # like nobody any more
    again = finding.find(crowd(shift=1, seed=4), before)
    assert {one.number for one in again.clusters} == set(before) - {7}
    with pytest.raises(ValueError, match="kinds"):
        finding.find({"age": np.ones(60), "data_gb": np.ones(60)}, {})
