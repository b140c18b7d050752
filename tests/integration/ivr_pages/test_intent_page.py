"""The card of the predicted reasons: sums for supervisors and analysts, honest where there is nothing yet."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from ivr.flows import operations as flows
from ivr.models import CallFacts, IntentCard, IntentPrediction

pytestmark = pytest.mark.django_db
CARD = {
    "trained_on": 800, "judged_on": 200, "log_loss": 0.9, "accuracy": 0.71, "calibration_error": 0.013, "constant": 1.9,
    "own_history": 1.4, "rule": 1.2, "last_accuracy": 0.55, "arrival_log_loss": 1.1, "information_error": 0.05,
    "temperature": 1.0,
}  # fmt: skip


def page_for(role: str) -> str:
    client = Client()
    user = User.objects.create_user(username=role, password="x", role=role)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client.get("/floor/ivr/intent/").content.decode()


def test_before_the_first_model_it_says_what_is_missing() -> None:
    text = page_for("analyst")
    assert "No model yet" in text
    assert "Nothing predicted has been written down" in text


def test_the_card_the_worth_and_what_agents_wrote() -> None:
    now = db_now()
    flows.publish_shipped(now=now)
    model = IntentCard.objects.create(trained_at=now, since=now, until=now, body={}, card=CARD, in_use=True)
    calls = [UUID(int=number + 1) for number in range(45)]
    IntentPrediction.objects.bulk_create(
        IntentPrediction(
            call=call, at=now - timedelta(hours=1), reason="roaming" if place < 40 else "leave", probability=0.8, top=[],
            evidence=[], model=model,
        )
        for place, call in enumerate(calls)
    )  # fmt: skip
    CallFacts.objects.bulk_create(
        CallFacts(call=call, final="roaming" if place < 30 else "balance", at=now) for place, call in enumerate(calls)
    )
    text = page_for("supervisor")
    assert "71.0 %" in text
    assert "0.900" in text
    assert "75.0 %" in text  # 30 of 40 predicted for roaming
    assert "shown from 10" in text  # five of leave
    assert "66.7 %" in text  # of all
    assert "worth a try" in text
