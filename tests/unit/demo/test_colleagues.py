"""Played agents turn to each other now and then, as people do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from callcenter.demo import played_agents
from callcenter.demo.colleagues import Asking, Company, Ending
from callcenter.demo.played_agents import PlayedAgent
from callcenter.demo.switch import Line, Offer, Switch


@dataclass
class Person:
    id: str
    free_since: float | None = 1.0


def test_only_somebody_else_who_is_free_is_asked() -> None:
    people = [Person("a_lin"), Person("a_omar"), Person("a_busy", None), Person("")]
    company = Company(people=people, rng=Random(1), share=1.0)
    asked = [company.help_for("a_lin") for _ in range(200)]
    assert {one.colleague for one in asked if one} == {"a_omar"}
    assert {one.ending for one in asked if one} == set(Ending)
    assert company.help_for("a_omar") is not None
    assert Company(people=people[:1], rng=Random(1), share=1.0).help_for("a_lin") is None
    assert Company(people=people, rng=Random(1), share=0.0).help_for("a_lin") is None


class Api:
    """Hears what is asked. The colleague's reservation is told as the feed would tell it, and answered at once."""

    def __init__(self, switch_of: dict[str, Switch], *, answers: bool) -> None:
        self.switch_of, self.answers, self.paths = switch_of, answers, list[str]()

    async def post(self, path: str, body: Any, *, once: str = "") -> dict[str, Any]:
        self.paths.append(path.removeprefix("/calls/c_1"))
        if path.endswith("/consult"):
            told = {"type": "reservation.created", "call": "c_1", "reservation": "r_2", "agent": "a_omar"}
            self.switch_of["it"]._heard(told | {"data": {"role": "consult"}})
            if self.answers:
                await self.switch_of["it"].bridge(Offer(reservation="r_2", call="c_1", agent="a_omar"))
        return {"results": [{"result": "applied"}]}


class Seat:
    def offered(self, offer: Offer) -> None: ...

    def withdrawn(self, reservation: str) -> None: ...


@pytest.mark.parametrize(
    ("ending", "answers", "asked", "given"),
    [
        (Ending.BACK, True, ["/consult", "/events", "/consult/end"], False),
        (Ending.TOGETHER, True, ["/consult", "/events", "/consult/join"], False),
        (Ending.HANDED_OVER, True, ["/consult", "/events", "/consult/complete"], True),
        (Ending.HANDED_OVER, False, ["/consult", "/consult/end"], False),
        (Ending.SENT_ON, True, ["/transfer"], True),
    ],
)
def test_lin_turns_to_omar(
    ending: Ending, answers: bool, asked: list[str], given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(played_agents, "ANSWER_S", 0.01)

    async def story() -> tuple[list[str], bool, int]:
        switch_of: dict[str, Switch] = {}
        api = Api(switch_of, answers=answers)
        switch = switch_of["it"] = Switch(api, source="pbx")  # type: ignore[arg-type]
        switch.seats["a_omar"] = Seat()
        wish = Asking(colleague="a_omar", ending=ending, after_s=0.0, for_s=0.0)
        lin = PlayedAgent(
            api=api,  # type: ignore[arg-type]
            switch=switch,
            key="1001",
            think=lambda: 0.0,
            wrap_up=lambda: 0.0,
            disposition=lambda _: "information",
            help_for=lambda _: wish,
        )
        line = switch.lines["c_1"] = Line(external_id="x-1", id="c_1")
        offer = Offer(reservation="r_1", call="c_1", agent="a_lin")
        await switch.bridge(offer)
        api.paths.clear()
        return api.paths, await lin._seek_help(offer, line), len(line.talks)

    paths, gone, talks = asyncio.run(story())
    assert (paths, gone) == (asked, given)
    assert talks == 1  # a colleague beside is not a second agent with the caller
