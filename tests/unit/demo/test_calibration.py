"""The shapes of real traffic: what ships is what January says, and draws follow it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from statistics import median

import pytest

from callcenter.demo.bank_log import read
from callcenter.demo.calibration import Quantiles, Survival, fit, kaplan_meier, stored

JANUARY = Path(__file__).parents[2] / "data" / "anonymous_bank_january.txt.gz"


def test_the_stored_constants_are_those_of_january() -> None:
    assert fit(read(JANUARY).calls, source=JANUARY.name) == stored()


def test_kaplan_meier_on_a_hand_worked_floor() -> None:
    """Ten callers; one gives up at 10 (9/10 stay), one is served at 20, two give up at 30 (9/10 × 6/8)."""
    waits = [(10, True), (20, False), (30, True), (30, True), *[(40, False)] * 6]
    curve = kaplan_meier(waits * 20)
    assert curve.seconds == (0.0, 10.0, 30.0)
    assert curve.share == (1.0, 0.9, 0.675)


def test_kaplan_meier_stops_where_too_few_are_left() -> None:
    curve = kaplan_meier([(10, True)] * 60 + [(20, True)] * 49)
    assert curve.seconds == (0.0, 10.0)


def test_patience_already_shown_is_never_drawn_away() -> None:
    curve, rng = stored().patience, Random(3)
    assert min(curve.draw(rng, at_least=200) for _ in range(500)) > 200
    assert min(curve.draw(rng, at_least=5_000) for _ in range(50)) > 5_000


def test_drawn_patience_follows_its_curve() -> None:
    curve, rng = stored().patience, Random(4)
    drawn = [curve.draw(rng) for _ in range(4_000)]
    for seconds in (60, 180, 300):
        assert sum(value > seconds for value in drawn) / 4_000 == pytest.approx(curve.at(seconds), abs=0.03)


def test_survival_of_nobody_leaving_early() -> None:
    curve = Survival(seconds=(0.0, 10.0), share=(1.0, 0.5))
    assert (curve.at(0), curve.at(10), curve.at(11)) == (1.0, 1.0, 0.5)


def test_drawn_talk_has_the_banks_median() -> None:
    rng = Random(5)
    drawn = [stored().handling["PS"].draw(rng) for _ in range(4_000)]
    assert median(drawn) == pytest.approx(stored().handling["PS"].points[20], rel=0.06)


def test_quantiles_are_drawn_between_their_ends() -> None:
    spread = Quantiles(points=(1.0, 2.0, 9.0), n=3, mean=4.0)
    drawn = [spread.draw(Random(seed)) for seed in range(200)]
    assert 1.0 <= min(drawn) < 2.0 and 2.0 < max(drawn) <= 9.0


def test_the_day_has_the_shape_of_a_day() -> None:
    monday = stored().arrivals["0"]
    assert len(monday) == 96
    assert sum(monday[40:48]) > 10 * sum(monday[0:8])
