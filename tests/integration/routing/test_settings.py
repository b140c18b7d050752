"""Queues for administrators: a need that nobody could meet is refused; saving the rest leaves people alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from routing import queries
from routing.models import Agent, Queue, RelaxationStep
from tests.integration.routing.world import World


@pytest.mark.parametrize(
    ("required", "sentence"),
    [
        ({"dutch": 2}, "no skill “dutch”"),
        ({"english": 0}, "from 1 to 5"),
        ({"english": 6}, "from 1 to 5"),
        ({"english": "3"}, "from 1 to 5"),
        ({"english": True}, "from 1 to 5"),
        (["english"], "names a skill, a trait"),
        ({"any": [{"skill": "english", "at_least": 2}, {"team": "night"}]}, "no team “night”"),
        ({"not": {"agent": ["1001"]}}, "no agent “1001”"),
    ],
)
def test_a_need_that_cannot_be_met_is_refused(world: World, required: object, sentence: str) -> None:
    world.skill("english")
    queue = Queue(domain=world.domain, key="q", name_en="q", name_zh="q", required=required)
    with pytest.raises(ValidationError, match=sentence) as refused:
        queue.full_clean()
    assert list(refused.value.message_dict) == ["required"]


def test_a_need_that_can_be_met_is_taken(world: World) -> None:
    world.skill("english")
    for required in ({"english": 5}, {}):
        queue = Queue(domain=world.domain, key="q", name_en="q", name_zh="q", required=required)
        queue.full_clean()
        assert queue.required == required


def test_the_refusal_is_said_in_chinese(world: World) -> None:
    from django.utils import translation

    with translation.override("zh-hans"), pytest.raises(ValidationError, match="没有“dutch”这项技能"):
        Queue(domain=world.domain, key="q", name_en="q", name_zh="q", required={"dutch": 1}).full_clean()


def test_renaming_an_agent_does_not_touch_how_they_stand(world: World) -> None:
    """The page was opened while Lin was free; she has been on a break since."""
    lin = world.agent("lin")
    opened = Agent.objects.get(pk=lin.pk)
    world.say(lin, "break", "lunch")
    admin = site.get_model_admin(Agent)
    form = SimpleNamespace(changed_data=["name_en"])
    opened.name_en = "Lin Mei"
    admin.save_model(RequestFactory().post("/"), opened, form, change=True)
    after = queries.agent(agent_id=lin.pk)
    assert (after.name_en, after.presence) == ("Lin Mei", "break")


def test_a_step_that_takes_agents_away_names_them(world: World) -> None:
    """Omar serves as an agent of trait retention; a step by skill alone would send him away."""
    lin = world.agent("lin", skills={"english": 3}, available=False)
    omar = world.agent("omar", available=False)
    omar.traits.create(trait="retention")
    asked = {"any": [{"skill": "english", "at_least": 3}, {"trait": "retention"}]}
    queue = world.queue(members=(lin, omar), required=asked)
    with pytest.raises(ValidationError, match="could not after it: omar"):
        RelaxationStep(queue=queue, after_s=30, required={"english": 2}).full_clean()
    wider = {"any": [{"skill": "english", "at_least": 1}, {"trait": "retention"}]}
    RelaxationStep(queue=queue, after_s=30, required=wider).full_clean()


def test_a_tree_decides_who_is_rung_and_who_is_preferred(world: World) -> None:
    lin = world.agent("lin", skills={"english": 4})
    omar = world.agent("omar")
    feng = world.agent("feng", skills={"english": 5})
    omar.traits.create(trait="retention")
    either = {"any": [{"skill": "english", "at_least": 3}, {"trait": "retention"}]}
    required = {"all": [either, {"not": {"agent": ["feng"]}}]}
    queue = world.queue(members=(lin, omar, feng), required=required, preferred={"trait": "retention"})
    assert queries.queue_line(domain="main", now=world.now)[0].free == 2
    world.later(60, awake=(lin, omar, feng))
    _call, held = world.ringing(queue)
    assert held.agent_key == "omar"
    chosen: Any = held.because["chosen"]
    assert chosen["terms"]["preferred"] == 1.0
    assert held.because["removed"] == {"lacks_skill": 1}
