"""Live traffic shares the floor with people: whoever sits down at a desk is given work."""

from __future__ import annotations

import asyncio

from callcenter.demo.played_agents import PlayedAgent
from callcenter.demo.switch import Line, Offer, Switch
from callcenter.demo.traffic.run import people_free


def test_callers_come_for_people_who_are_free_and_for_nobody_else() -> None:
    agents = [
        {"id": "a_lin", "state": "available"},
        {"id": "a_omar", "state": "on_call"},
        {"id": "a_played", "state": "available"},
        {"id": "a_away", "state": "break"},
    ]
    assert people_free(agents, played={"a_played"}) == ["a_lin"]


class Api:
    """Takes everything."""

    async def post(self, path: str, body: object, *, once: str = "") -> dict[str, object]:
        return {"results": [{"result": "applied"}]}


def test_a_played_agent_answers_several_conversations_at_once() -> None:
    async def story() -> tuple[int, int]:
        switch = Switch(Api(), source="pbx")  # type: ignore[arg-type]
        agent = PlayedAgent(
            api=switch.api, switch=switch, key="1006", think=lambda: 0.0, wrap_up=lambda: 0.0,
            disposition=lambda _: "information",
        )  # fmt: skip
        lines = [Line(external_id=f"x-{n}", id=f"c_{n}") for n in (1, 2)]
        switch.lines.update({line.id: line for line in lines})
        work = asyncio.create_task(agent.work())
        for line in lines:
            agent.offered(Offer(reservation=f"r_{line.id}", call=line.id, agent="a_ma"))
        async with asyncio.timeout(5):
            await asyncio.gather(*(line.bridged.wait() for line in lines))
        at_once = agent.serving
        for line in lines:
            line.over.set()
        async with asyncio.timeout(5):
            while agent.serving:
                await asyncio.sleep(0)
        work.cancel()
        return at_once, agent.answered

    assert asyncio.run(story()) == (2, 2)
