"""Mei designs a campaign, Ada approves it, both follow it, and an analyst may look."""

from __future__ import annotations

import pytest

from callcenter.foundation.principal import Role
from customers.models import Campaign, Offering, Segment, SegmentVersion
from tests.integration.customers.conftest import NOW
from tests.integration.customers.test_campaigns import EVERYBODY
from tests.integration.floor.test_contact_page import person

pytestmark = pytest.mark.django_db
PAGE = "/floor/campaigns/"


def test_from_design_to_pause(db: None) -> None:
    segment = Segment.objects.create(name="Everybody", author="mei", at=NOW)
    SegmentVersion.objects.create(
        segment=segment, number=1, tree=EVERYBODY, channel="voice", author="mei", at=NOW, matched=1, reachable=1
    )
    Offering.objects.create(
        code="fibre", family="broadband", kind="plan", name_en="F", name_zh="F", valid_from=NOW.date()
    )
    mei, ada = person("mei", Role.MARKETING), person("ada")
    given = {
        "name": "Fibre", "hypothesis": "They want it", "segment": segment.pk, "offering": "fibre", "channels": ["VOICE", "SMS"],
        "control_share": "10", "expected": "3", "effect": "1", "budget": "500", "per_batch": "100",
        "starts_at": "2026-11-23T09:00", "ends_at": "2099-01-01T00:00",
    }  # fmt: skip
    refused = mei.post(f"{PAGE}new/", given | {"effect": "a bit"})
    assert refused.status_code == 422 and "They want it" in refused.content.decode()
    assert mei.post(f"{PAGE}new/", given).status_code == 302
    one = Campaign.objects.get()
    assert (one.effect, one.channels) == (0.01, ["VOICE", "SMS"])

    def act(client: object, **body: str) -> int:
        return int(client.post(f"{PAGE}{one.pk}/act/", body).status_code)  # type: ignore[attr-defined]

    assert act(mei, act="hand_in") == 302
    assert act(mei, act="approve") == 409
    assert act(ada, act="approve") == 302 and act(ada, act="dance") == 422
    assert act(mei, act="launch") == 302
    page = mei.get(f"{PAGE}{one.pk}/").content.decode()
    assert "pilot 5.0 %" in page and "Too small to find that change" in page and "too early to say" in page
    assert act(ada, act="pause", reason="") == 422
    assert act(ada, act="pause", reason="Wrong price") == 302
    analyst = person("ana", Role.ANALYST)
    assert "Wrong price" in analyst.get(f"{PAGE}{one.pk}/").content.decode()
    assert "Fibre" in analyst.get(PAGE).content.decode()
    assert act(analyst, act="resume") == 403
    assert mei.get(f"{PAGE}99999/").status_code == 404
