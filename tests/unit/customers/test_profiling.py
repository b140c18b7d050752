"""The shape of a delivery: equal shapes do not drift, and a profile remembers nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.imports import profiling

BINS = st.dictionaries(st.sampled_from(["广州", "上海", "北京", "-"]), st.integers(0, 500), min_size=1)


def test_psi_against_a_count_by_hand() -> None:
    # (.5−.8)·ln(.5/.8) + (.5−.2)·ln(.5/.2)
    assert profiling.psi({"a": 50, "b": 50}, {"a": 80, "b": 20}) == pytest.approx(0.41589, abs=1e-5)


@given(now=BINS, before=BINS)
def test_drift_is_never_negative_symmetrical_and_nothing_between_equals(
    now: dict[str, int], before: dict[str, int]
) -> None:
    assert profiling.psi(now, before) >= 0
    assert profiling.psi(now, before) == pytest.approx(profiling.psi(before, now))
    assert profiling.psi(now, {name: 3 * n for name, n in now.items()}) < 0.01


def test_a_profile_remembers_how_many_and_not_who() -> None:
    profile: profiling.Profile = {}
    for told in ({"name": "陈美", "region": "广州", "birth_year": 1980}, {"name": "", "region": "广州"}):
        profiling.add(profile, ("name", "region", "birth_year"), told)
    assert profile == {"name": {"+": 1, "-": 1}, "region": {"广州": 2}, "birth_year": {"1980": 1, "-": 1}}


def test_a_field_of_a_thousand_values_has_few_bins() -> None:
    profile: profiling.Profile = {}
    for n in range(1_000):
        profiling.add(profile, ("region",), {"region": f"城{n}"})
    assert len(profile["region"]) <= 31
    assert sum(profile["region"].values()) == 1_000


def found(rows: int, refused: int = 0, before: int | None = 100) -> list[str]:
    told = profiling.findings(
        rows=rows, refused=refused, sampled=rows, profile={}, rows_before=before, profile_before={}
    )
    return [one.code for one in told]


def test_gates_open_for_the_usual_and_not_for_half_twice_or_a_fifth_refused() -> None:
    assert (found(71), found(130), found(100, refused=20), found(10_000, before=None)) == ([], [], [], [])
    assert (found(69), found(131), found(100, refused=21)) == (["few_rows"], ["many_rows"], ["refused"])
    assert found(1, refused=1, before=3) == []  # a handful says nothing
