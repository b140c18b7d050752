"""The demo's four weeks in the menus: as generated, through the door of the files, with both planted faults to be found."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.demo.operator import paths
from ivr.flows import operations
from ivr.models import CallFacts, PathEvent, Session
from ivr.paths.finding_queries import found
from ivr.paths.queries import Asked

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 30, 2, 0, tzinfo=UTC)


def test_the_demo_shows_what_went_wrong_in_its_menus() -> None:
    operations.publish_shipped(now=NOW)
    stored = paths.build(calls=1_200, now=NOW, seed=1999)

    assert Session.objects.count() == CallFacts.objects.count() == 1_200
    assert PathEvent.objects.count() == stored
    assert not Session.objects.filter(ended_at__isnull=True).exists()
    asked = Asked(since=datetime(2026, 3, 1, tzinfo=UTC), until=NOW, flow="operator")
    seen = found(asked=asked, zone=ZoneInfo("Asia/Shanghai"))
    assert {(one.kind, one.node) for one in seen.findings} == {(one.kind, one.node) for one in paths.FAULTS}
    assert seen.places[0].lost_s > 0
