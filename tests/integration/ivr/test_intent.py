"""From calls with a written reason to the next caller's predicted one: routing, desk and the rule when there is no model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

import pytest

from callcenter.foundation.clock import db_now
from ivr import queries
from ivr.flows import operations as flows
from ivr.intent import operations
from ivr.intent.operations import UnableToLearn
from ivr.models import CallFacts, IntentCard, IntentPrediction, Session
from ivr.paths.operations import caller_of
from ivr.results import Intent

pytestmark = pytest.mark.django_db
SPACE = UUID(int=99)
MRS_CHEN, ZHANG_SAN = uuid5(SPACE, "chen"), uuid5(SPACE, "zhang")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    operations.forget()
    yield
    operations.forget()


def write_log(now: datetime, calls: int = 360) -> None:
    """Mrs Chen and thirty others call about broadband, Zhang San and thirty others about roaming; some choose wrong."""
    random = Random(3)
    sessions, facts = [], []
    for number in range(calls):
        place = random.randrange(62)
        customer = (MRS_CHEN, ZHANG_SAN)[place] if place < 2 else uuid5(SPACE, str(place))
        usual = ("broadband_fault", "roaming")[place % 2]
        final = usual if random.random() < 0.9 else "bill_question"
        call = uuid5(SPACE, f"call {number}")
        at = now - timedelta(hours=calls - number)
        chosen = final if random.random() < 0.5 else ""
        sessions.append(
            Session(
                call=call, source="main", external_id=str(number), started_at=at, ended_at=at, last_at=at, outcome="agent",
                reason=chosen,
            )
        )  # fmt: skip
        facts.append(CallFacts(call=call, caller=caller_of(customer), tags=[], final=final, at=at))
    Session.objects.bulk_create(sessions)
    CallFacts.objects.bulk_create(facts)


def predicted(customer: UUID | None, *, known: str = "", call: UUID | None = None) -> Intent:
    return queries.predicted_intent(
        call_id=call or uuid5(SPACE, "new"), customer_id=customer, facts=(), known=known, now=db_now()
    )


def test_the_next_call_is_known_by_the_last_ones() -> None:
    now = db_now()
    flows.publish_shipped(now=now)
    write_log(now)
    assert predicted(MRS_CHEN).basis == "none"  # no model yet
    number, card = operations.train(now=now)
    assert card.beats_baselines

    found = predicted(MRS_CHEN)
    assert (found.code, found.basis, found.label_zh) == ("broadband_fault", "model", "宽带故障")
    assert (found.probability or 0) > 0.6
    assert found.evidence[0] == "last:broadband_fault"
    assert predicted(ZHANG_SAN, call=uuid5(SPACE, "his")).code == "roaming"
    row = IntentPrediction.objects.get(call=uuid5(SPACE, "new"))
    assert (row.reason, row.model_id) == ("broadband_fault", number)
    # the desk reads what routing was handed
    told = queries.intent_of(call_id=row.call)
    assert (told.code, told.top, told.evidence) == (found.code, found.top, found.evidence)


def test_without_a_sure_model_the_rule_speaks_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    now = db_now()
    with pytest.raises(UnableToLearn, match="too few"):
        operations.train(now=now)
    assert (predicted(None, known="roaming").code, predicted(None, known="roaming").basis) == ("roaming", "path")
    write_log(now)
    operations.train(now=now)
    stranger = predicted(None)
    assert stranger.basis in {"none", "model"}
    assert stranger.basis == "none" or (stranger.probability or 0) >= operations.LEAST_SURE
    card = IntentCard.objects.get(in_use=True)
    card.body["temperature"] = 3.0  # somebody changed a number
    card.save()
    operations.forget()
    assert predicted(MRS_CHEN, known="roaming").basis == "path"
    assert "cannot be used" in caplog.text


def test_the_newest_model_that_beats_the_baselines_is_in_use() -> None:
    now = db_now()
    write_log(now)
    first, _ = operations.train(now=now)
    second, _ = operations.train(now=now)
    assert [row.pk for row in IntentCard.objects.filter(in_use=True)] == [second]
    assert IntentCard.objects.filter(pk=first).exists()  # predictions keep their model
