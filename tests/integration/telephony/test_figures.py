"""A scrape tells how much there is to do."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.integration.telephony.conftest import Caller, Floor, arrival


def test_a_scrape_knows_who_waits_and_who_works(floor: Floor, switch: Caller, settings: Any) -> None:
    settings.METRICS_TOKEN = "watch"
    floor.sign_in(switch, floor.lin)
    for _ in range(3):
        switch.post("/calls", arrival())
    text = Client().get("/metrics", headers={"Authorization": "Bearer watch"}).content.decode()
    assert 'zhiyin_calls{domain="main",state="queued"} 2.0' in text
    assert 'zhiyin_calls{domain="main",state="reserved"} 1.0' in text
    assert 'zhiyin_queue_waiting{domain="main",queue="billing"} 2.0' in text
    assert 'zhiyin_queue_waiting{domain="main",queue="retention"} 0.0' in text
    assert 'zhiyin_agents{domain="main",presence="available"} 1.0' in text
    assert "zhiyin_queue_longest_wait_seconds" in text
    assert "zhiyin_event_lag_seconds" in text
    assert arrival()["from"] not in text
