"""The agent has hung up, the caller has not: the platform asks two questions, and keys become answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from callcenter.foundation.clock import db_now
from callcenter.telephony.dialects import lines, sealing
from callcenter.telephony.models import InboundEvent, LineSecret, VoiceLine
from ivr.models import SurveyInvitation, SurveyPlan
from ivr.surveys import operations
from routing.models import Call, Reservation
from tests.integration.telephony.conftest import Caller, Floor
from tests.integration.telephony.platforms import PLATFORMS, SECRET, Platform


@pytest.fixture(params=list(PLATFORMS))
def talked(request: pytest.FixtureRequest, floor: Floor, switch: Caller) -> Iterator[Platform]:
    """Mrs Chen has talked with Lin for two minutes, on each platform."""
    lines.forget()
    operations.publish_shipped(now=db_now())
    SurveyPlan.objects.update(least_talk_s=0, share=1.0)
    floor.trunk.dialect = request.param
    floor.trunk.save()
    VoiceLine.objects.create(trunk=floor.trunk, menus=False, queue="billing")
    LineSecret.objects.create(trunk=floor.trunk, sealed=sealing.seal(SECRET), created_at=db_now(), created_by="test")
    platform = PLATFORMS[request.param](trunk="pbx-1", key=floor.caller(trunk="pbx-1").key)
    floor.sign_in(switch, floor.lin)
    platform.dial_in()
    platform.ring_if_not_yet()
    platform.agent_answers()
    earlier = db_now() - timedelta(minutes=2)
    Call.objects.update(connected_at=earlier)
    Reservation.objects.update(connected_at=earlier)
    yield platform
    lines.forget()


def test_keys_are_answers_wrong_ones_are_asked_again(talked: Platform) -> None:
    talked.agent_hangs_up()
    assert "您对为您服务的客服代表满意吗？请按1到5" in talked.heard[-1]
    asking = talked.asking
    talked.press("7")
    assert "您对为您服务" in talked.heard[-1]
    talked.press("5")
    assert talked.heard[-1] == "您的问题解决了吗？是请按1，否请按2。"
    talked.asking = asking
    talked.press("7")  # told twice by the platform: the same document, nothing more
    talked.press("5")
    talked.press("1")
    assert talked.heard[-1] == "感谢您的评价，再见。"
    assert talked.over
    row = SurveyInvitation.objects.get()
    assert (row.state, row.score, row.channel, row.agent) == ("complete", 5, "voice", "1017")
    assert InboundEvent.objects.filter(result="quarantined").count() == 1


@pytest.mark.parametrize("talked", ["twiml"], indirect=True)
def test_silence_and_a_caller_who_leaves_end_it(talked: Platform) -> None:
    talked.agent_hangs_up()
    talked.press("4")
    for _ in range(2):
        assert not talked.over
        talked.press("")
    assert talked.over
    row = SurveyInvitation.objects.get()
    assert (row.state, row.score) == ("started", 4)


@pytest.mark.parametrize("talked", ["twiml"], indirect=True)
def test_who_is_not_drawn_or_hung_up_first_is_not_asked(talked: Platform) -> None:
    SurveyPlan.objects.update(share=0.0)
    talked.agent_hangs_up()
    assert talked.over
    assert not any("满意" in text for text in talked.heard)
