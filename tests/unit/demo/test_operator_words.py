"""The operator's data obeys the rules of those who use it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from callcenter.demo.operator import agents, history, people, products, queues, scripts, stories
from customers.catalogue.accounts import billed_month
from customers.catalogue.reconciliation import reconcile
from customers.catalogue.tariffs import Sheet, check, plan_tariff
from customers.insight import tags
from customers.offers.scripts import lines as shapes
from customers.offers.scripts import samples

TODAY = date(2026, 11, 22)
OPERATOR = Path(__file__).parents[3] / "ivr" / "flows" / "definitions" / "operator.json"


@pytest.mark.parametrize("plan", scripts.SCRIPTS, ids=lambda plan: plan.key)
@pytest.mark.parametrize("language", [scripts.ENGLISH, scripts.CHINESE])
def test_every_script_may_be_published(plan: scripts.ScriptPlan, language: str) -> None:
    assert shapes.faults(plan.lines(language)) == []
    assert samples.faults(plan.lines(language), language=language) == []
    assert shapes.objection_faults(plan.objections_in(language)) == []
    assert shapes.cue_faults(plan.cue_zh if language == scripts.CHINESE else plan.cue_en) == []


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


def test_the_demo_s_billing_and_the_rating_engine_find_the_same_bill() -> None:
    found = []
    for index in range(300):
        person = stories.person(seed=1, index=index, today=TODAY)
        now = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
        rows = [dict(zip(history.USAGE, row, strict=True)) for row in history.usage(person, now)][::-1]
        months = [
            billed_month(
                **{name: row[name] for name in ("month", "voice_s", "messages", "data_kb", "full", "sums", "lines")}
            )
            for row in rows
        ]
        packs = [_sheet(one) for one in person.beside if (one.family, one.kind) == ("mobile", "pack")]
        if len(months) >= 3 and person.plan.kind == "plan":
            found.append(reconcile(months, plan_tariff(_sheet(person.plan), packs)))
    corrected = [one for one in found if not one.passed]
    assert 0 < len(corrected) < len(found) / 10  # three bills in a hundred hold a correction by hand, no other fails
    assert all("correction" in str(one.reason) for one in corrected)


def _sheet(product: products.Product) -> Sheet:
    return Sheet(code=product.code, text=json.dumps(product.tariff), name_en=product.name_en, name_zh=product.name_zh)


def test_every_product_s_terms_can_be_read() -> None:
    for product in products.ALL:
        check(kind=product.kind, tariff=product.tariff)
