"""Queues for administrators: a need that nobody could meet is refused; saving the rest leaves people alone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.admin.sites import site
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from routing import queries
from routing.models import Agent, Queue
from tests.integration.routing.world import World


@pytest.mark.parametrize(
    ("required", "sentence"),
    [
        ({"dutch": 2}, "no skill “dutch”"),
        ({"english": 0}, "from 1 to 5"),
        ({"english": 6}, "from 1 to 5"),
        ({"english": "3"}, "from 1 to 5"),
        ({"english": True}, "from 1 to 5"),
        (["english"], "least level"),
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
