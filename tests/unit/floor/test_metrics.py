"""Every figure of the floor is made once, after summing; nothing to divide by is a dash, not a zero."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from callcenter.floor.metrics import METRICS, REGISTRY, measure
from routing.queue_figures import FIGURES, Components
from routing.reporting import RESULTS, Sums


def test_the_service_level_by_formula_four_on_the_published_example() -> None:
    # 1,000 answered, 860 of them in time; 60 abandoned, 20 of those in time.
    sums = Sums(offered=1060, answered=1000, abandoned=60, in_target=860, abandoned_late=40)

    figure = measure("service_level", Components(day=sums))

    assert figure.value == pytest.approx(0.8269, abs=5e-5)
    assert figure.n == 1040
    assert figure.metric.formula_code == "F4"


def test_abandonment_leaves_out_who_left_within_five_seconds() -> None:
    sums = Sums(offered=100, answered=88, abandoned=12, abandoned_short=2)

    assert measure("abandonment", Components(day=sums)).value == pytest.approx(10 / 98)


def test_the_speed_of_answer_counts_zero_waits() -> None:
    assert measure("asa", Components(day=Sums(answered=4, wait_answered_s=30.0))).value == pytest.approx(7.5)


@pytest.mark.parametrize("code", ["service_level", "abandonment", "asa", "longest_wait"])
def test_nothing_to_divide_by_is_no_figure(code: str) -> None:
    assert measure(code, Components()).value is None


def test_no_average_of_averages_two_queues_together() -> None:
    small = Sums(offered=10, answered=10, in_target=10)
    large = Sums(offered=90, answered=90, in_target=45)

    assert measure("service_level", Components(day=small + large)).value == pytest.approx(0.55)


def test_a_service_level_below_the_goal_asks_for_a_look() -> None:
    def tone(in_target: int) -> str:
        return measure("service_level", Components(day=Sums(answered=100, in_target=in_target))).tone

    assert (tone(79), tone(80)) == ("warn", "")


def test_every_metric_has_names_a_formula_and_a_list_behind_it_in_both_languages() -> None:
    assert len(REGISTRY) == len(METRICS)
    assert REGISTRY.keys() == FIGURES.keys(), "each figure is computed once and explained once"
    for metric in METRICS:
        assert metric.result in RESULTS or metric.result == "ivr"
        with override("en"):
            english = str(metric.name), str(metric.formula), str(metric.note)
        with override("zh-hans"):
            chinese = str(metric.name), str(metric.formula), str(metric.note)
        assert all(one != other for one, other in zip(english[:2], chinese[:2], strict=True)), metric.code
        assert not metric.note or english[2] != chinese[2]
