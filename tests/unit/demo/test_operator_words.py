"""The operator's data obeys the rules of those who use it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from callcenter.demo.operator import agents, people, products, queues, scripts, stories
from customers.insight import tags
from customers.offers.scripts import slots

TODAY = date(2026, 11, 22)
OPERATOR = Path(__file__).parents[3] / "ivr" / "flows" / "definitions" / "operator.json"


@pytest.mark.parametrize("plan", scripts.SCRIPTS, ids=lambda plan: plan.key)
@pytest.mark.parametrize("language", [scripts.ENGLISH, scripts.CHINESE])
def test_every_script_may_be_published(plan: scripts.ScriptPlan, language: str) -> None:
    assert slots.faults(plan.lines(language)) == []
    assert slots.cue_faults(plan.cue_zh if language == scripts.CHINESE else plan.cue_en) == []


def test_nobody_publishes_their_own_words() -> None:
    assert scripts.AUTHOR != scripts.APPROVER


def test_products_have_distinct_codes_and_known_tags() -> None:
    assert len(products.BY_CODE) == len(products.ALL)
    named = {tag for product in products.ALL for tag in (*product.suits, *product.not_for)}
    assert named <= set(tags.DEFINITIONS)
    assert sum(plan.share for plan in products.PLANS) == pytest.approx(1)


def test_every_queue_of_the_menus_exists_and_has_two_agents_at_least() -> None:
    nodes = json.loads(OPERATOR.read_text("utf-8"))["nodes"]
    wanted = {node["queue"] for node in nodes if node["kind"] == "transfer"}
    assert wanted == {queue.key for queue in queues.QUEUES}
    for queue in queues.QUEUES:
        able = [a for a in agents.AGENTS if all(a.skills.get(s, 0) >= level for s, level in queue.required.items())]
        played = [agent for agent in able if not agent.login]
        assert len(able) >= 4 and len(played) >= 2, queue.key


def test_skills_of_agents_are_known_and_graded() -> None:
    for agent in agents.AGENTS:
        assert set(agent.skills) <= set(queues.SKILLS)
        assert all(1 <= level <= 5 for level in agent.skills.values())


def test_the_same_person_comes_back_whatever_the_count() -> None:
    assert people.make(seed=1, index=77, today=TODAY) == people.make(seed=1, index=77, today=TODAY)
    assert people.make(seed=1, index=77, today=TODAY) != people.make(seed=2, index=77, today=TODAY)


def test_numbers_and_ids_are_each_persons_own() -> None:
    crowd = [stories.person(seed=1, index=index, today=TODAY) for index in range(3_000)]
    assert len({person.id for person in crowd}) == 3_000
    shared = 1  # the mother and the son of the stories
    assert len({person.number for person in crowd}) == 3_000 - shared
    assert [str(person.id) for person in crowd] == sorted(str(person.id) for person in crowd)


def test_mrs_chen_and_zhang_san_are_found_where_everybody_looks() -> None:
    first, second = (stories.person(seed=1, index=index, today=TODAY) for index in (0, 1))
    assert (first.name, first.number) == ("陈丽华", "+8619900000001")
    assert (second.name, second.number, second.plan.code) == ("张三", "+8619900000002", "plan-59")
    assert second.data_kb > second.plan.data_kb


def test_a_tariff_is_charged_by_its_own_rules() -> None:
    from callcenter.demo.operator.history import overage_fen

    plan = products.BY_CODE["plan-59"]  # 5 GB, 200 minutes
    gb = products.GB
    assert overage_fen(plan, 5 * gb, 200 * 60, 0) == 0
    assert overage_fen(plan, 5 * gb + 1, 200 * 60 + 61, 3) == 500 + 2 * 15 + 3 * 10
    assert overage_fen(products.BY_CODE["plan-99"], 90 * gb, 0, 0) == 0  # slower, never dearer
