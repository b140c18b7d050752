"""Which ends are the log's, which are explained, which are nobody's excuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.demo.replay.verdict import Figures, Witnessed, doubled, figures, judge

SKILLS = {"LIN": ("PS",), "OMAR": ("NE",)}
CALL = Witnessed(
    key="AA-1", kind="PS", logged="served", bank_wait_s=12, acknowledged=True, state="completed", stage="",
    talks=(("LIN", 104.0, 160.0),), queued_at=100.0, ended_at=160.0, offers=1, wait_s=14.0,
)  # fmt: skip
GAVE_UP = replace(CALL, state="abandoned", stage="queue", talks=(), ended_at=130.0, wait_s=None, offers=0)


def verdict(call: Witnessed, free: dict[str, list[tuple[float, float]]] | None = None) -> str:
    return judge(call, free=free or {}, skills=SKILLS).verdict


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (CALL, "as_logged"),
        (replace(CALL, logged="queue"), "served_here"),
        (replace(GAVE_UP, logged="queue"), "as_logged"),
        (replace(GAVE_UP, logged="queue", stage="ring"), "as_logged"),
        (GAVE_UP, "gave_up_here"),
        (replace(GAVE_UP, logged="menus", stage="ivr"), "as_logged"),
        (replace(GAVE_UP, logged="menus"), "unexplained"),
        (replace(CALL, state="failed"), "unexplained"),
        (replace(CALL, state="canceled", talks=()), "unexplained"),
        (replace(CALL, talks=()), "unexplained"),
        (replace(CALL, state="queued", talks=()), "lost"),
        (replace(CALL, state=""), "lost"),
        (replace(CALL, state="", acknowledged=False), "unheard"),
    ],
)
def test_the_verdict_on_each_end(call: Witnessed, expected: str) -> None:
    assert verdict(call) == expected


def test_giving_up_beside_an_idle_agent_is_not_explained() -> None:
    assert verdict(GAVE_UP, {"LIN": [(110.0, 120.0)]}) == "unexplained"


@pytest.mark.parametrize(
    "free",
    [
        {"OMAR": [(90.0, 200.0)]},  # cannot take this type
        {"LIN": [(90.0, 104.9)]},  # was free for less than five seconds of the wait
        {"LIN": [(131.0, 200.0)]},  # only after the caller had gone
    ],
)
def test_giving_up_while_nobody_could_help_is_explained(free: dict[str, list[tuple[float, float]]]) -> None:
    assert verdict(GAVE_UP, free) == "gave_up_here"


def test_two_agents_with_one_caller_are_found() -> None:
    torn = replace(CALL, talks=(("LIN", 104.0, 160.0), ("OMAR", 150.0, 155.0)))
    assert doubled([torn]) == ["call AA-1 with two agents"]


def test_one_agent_with_two_callers_is_found() -> None:
    other = replace(CALL, key="AA-2", talks=(("LIN", 159.0, 170.0),))
    assert doubled([CALL, other]) == ["agent LIN with two calls"]


def test_one_agent_after_another_is_a_transfer() -> None:
    passed_on = replace(CALL, talks=(("LIN", 104.0, 120.0), ("OMAR", 120.0, 160.0)))
    assert doubled([passed_on, replace(CALL, key="AA-2", talks=(("LIN", 120.0, 130.0),))]) == []


def test_figures_of_a_floor() -> None:
    ends = [("answered", 0.0), ("answered", 20.0), ("answered", 40.0), ("abandoned", 90.0), ("menus", 0.0)]
    assert figures(ends) == Figures(
        callers=5, menus=1, offered=4, answered=3, abandoned=1, within_20=0.5, within_60=0.75, mean_wait_s=20.0
    )


def test_an_empty_stretch_has_figures_too() -> None:
    assert figures([]).within_20 == 0.0
