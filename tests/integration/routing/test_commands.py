"""Commands of the room: why this agent, and what everybody's time is worth now."""

from __future__ import annotations

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from callcenter.foundation.ids import public
from routing.models import Call, ScoreTable
from routing.operations.pricing import solve_prices
from routing.score_tables import Trouble, examine, seal
from tests.integration.routing.world import World


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_explain_says_why_and_why_not(world: World) -> None:
    world.agent("lin", skills={"english": 4})
    omar, feng = world.agent("omar", skills={"english": 2}), world.agent("feng")
    members = (feng, omar)
    queue = world.queue(members=members, required={"english": 1}, strategy="most_skilled")
    queue.members.add(*queue.domain.agents.all())
    call, _held = world.ringing(queue)
    text = said("explain", public("c", call.id), "--agent", "feng")
    assert "1. 2026-03-02 09:00:00 UTC, rules, rule most_skilled, queue billing version 0" in text
    assert "considered 3, eligible 2; removed: lacks_skill 1" in text
    assert "lin lin: 0.8 = most_skilled 0.8" in text
    assert "feng feng lacked a skill" in text
    waiting = world.waiting(world.queue("empty"))
    assert "No agent was held" in said("explain", public("c", waiting.id))
    with pytest.raises(CommandError, match="no such call"):
        call_command("explain", public("c", UUID(int=7)))


def test_prices_follow_who_is_there_and_who_comes(world: World) -> None:
    lin, omar, away = world.agent("lin"), world.agent("omar"), world.agent("wu", available=False)
    queue = world.queue(members=(lin, omar, away), strategy="paired")
    row = ScoreTable(
        queue=queue, made_at=world.now, types=["enterprise", "other"], agents=[lin.pk, omar.pk, away.pk],
        value=[[9.0, 1.0, 5.0], [1.0, 1.0, 1.0]], price=[0.0, 0.0, 7.0], worth=[0.0, 0.0], spread=3.0, card={},
    )  # fmt: skip
    row.card = {"seal": seal(row)}
    row.save()
    assert "the prices of training stand" in solve_prices(now=world.now)["billing"]
    for _no in range(30):
        world.arrive()
    Call.objects.update(queue=queue, facts={"kind": "enterprise"})
    assert solve_prices(now=world.now)["billing"] == "Priced for 2 agents by 30 calls of the last hour."
    row.refresh_from_db()
    assert row.price[0] > row.price[1] and row.price[2] == 7.0
    assert examine(queue=queue.pk, now=world.now)[1] is Trouble.NONE  # sealed anew
    assert said("solve_prices").startswith("billing: ")
