"""A skill begins and lapses on its day; many agents are changed at once, and it is written who did it and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from callcenter.foundation.errors import Invalid
from callcenter.foundation.models import AuditEntry
from routing import operations, skills
from routing.models import Agent, AgentSkill, Domain
from routing.operations import Lease
from routing.roster import roster
from routing.skill_matrix import matrix
from routing.skills import SkillChange, change_skills
from tests.integration.routing.world import World

TODAY = date(2026, 3, 2)  # of the story
TOMORROW, NEXT_WEEK = TODAY + timedelta(days=1), TODAY + timedelta(days=7)


def dispatcher(world: World) -> Lease:
    lease = operations.take_lease(domain="main", holder="one", now=world.now)
    assert lease is not None
    operations.turn_day(lease=lease, now=world.now)
    return lease


def able(world: World, agent: Agent) -> dict[str, int]:
    """As matching has it."""
    home = Domain.objects.get()
    return dict(roster(domain_id=home.pk, version=home.roster_version).skills.get(agent.pk, {}))


def change(world: World, *agents: Agent, **what: object) -> int:
    asked = SkillChange(skill="english", **what)  # type: ignore[arg-type]
    return change_skills(
        domain="main", agents=[one.pk for one in agents], change=asked, why="course passed", now=world.now, actor="ada"
    )


def test_a_skill_is_not_matched_from_the_day_it_lapses(world: World) -> None:
    lin = world.agent("lin", skills={"english": 3})
    AgentSkill.objects.update(valid_until=TOMORROW)
    queue = world.queue(members=(lin,), required={"english": 1})
    lease = dispatcher(world)
    assert able(world, lin) == {"english": 3}
    call = world.waiting(queue)
    world.later(86_400, awake=(lin,))
    assert operations.turn_day(lease=lease, now=world.now) and not operations.turn_day(lease=lease, now=world.now)
    assert able(world, lin) == {}
    assert world.assign() == [] and world.call(call).state == "queued"


def test_a_level_that_begins_later_stands_beside_the_present_one(world: World) -> None:
    lin, omar = world.agent("lin", skills={"english": 2}), world.agent("omar")
    lease = dispatcher(world)
    assert change(world, lin, omar, level=4, since=TOMORROW, until=NEXT_WEEK) == 2
    assert (able(world, lin), able(world, omar)) == ({"english": 2}, {})
    for days, levels in ((1, (4, 4)), (6, (2, 0))):
        world.now += timedelta(days=days)
        operations.turn_day(lease=lease, now=world.now)
        assert tuple(able(world, one).get("english", 0) for one in (lin, omar)) == levels


def test_taking_a_skill_away_ends_it_now_or_on_a_day(world: World) -> None:
    lin, omar = world.agent("lin", skills={"english": 2}), world.agent("omar", skills={"english": 5})
    dispatcher(world)
    change(world, lin, level=0)
    change(world, omar, level=0, since=NEXT_WEEK)
    assert (able(world, lin), able(world, omar)) == ({}, {"english": 5})
    assert AgentSkill.objects.get().valid_until == NEXT_WEEK


def test_setting_all_skills_leaves_plans_alone(world: World) -> None:
    lin = world.agent("lin", skills={"english": 2})
    world.skill("billing")
    change(world, lin, level=5, since=NEXT_WEEK)
    skills.set_skills(agent_id=lin.pk, skills={"billing": 3}, now=world.now, actor="ada")
    assert skills.of_agent(agent_id=lin.pk, day=TODAY) == {"billing": 3}
    assert skills.of_agent(agent_id=lin.pk, day=NEXT_WEEK) == {"billing": 3, "english": 5}


def test_history_says_who_what_and_why(world: World) -> None:
    lin = world.agent("lin", skills={"english": 2})
    change(world, lin, level=3)
    found = matrix(domain="main", team="", now=world.now)
    assert [row.cells[0].level for row in found.rows] == [3]
    [told] = found.changes
    assert (told.actor, told.why, told.agent_en) == ("ada", "course passed", "lin")
    assert (told.data["before"], told.data["level"]) == (2, 3)
    assert AuditEntry.objects.get().subject == f"agent:{lin.pk}"


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ({"level": 6}, "1 to 5"),
        ({"level": 3, "since": TODAY - timedelta(days=1)}, "past"),
        ({"level": 3, "since": NEXT_WEEK, "until": NEXT_WEEK}, "before it begins"),
    ],
)
def test_days_and_levels_that_make_no_sense_are_refused(world: World, what: dict[str, object], sentence: str) -> None:
    lin = world.agent("lin", skills={"english": 2}, available=False)
    with pytest.raises(Invalid, match=sentence):
        change(world, lin, **what)
    with pytest.raises(Invalid, match="Choose the agents"):
        change(world, level=1)
