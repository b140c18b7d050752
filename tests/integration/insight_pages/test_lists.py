"""Mei asks for a list, Ada approves it, Mei fetches the file."""

from __future__ import annotations

import pytest

from callcenter.foundation.clock import db_now
from customers.models import SegmentExport
from customers.segments.operations import save
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


def test_a_list_is_asked_for_approved_by_another_and_fetched() -> None:
    kept = save(name="South", note="", tree={"all": []}, channel="voice", actor="user:0", now=db_now())
    mei, ada = client_of("marketing"), client_of("supervisor")
    here = f"/customers/segments/{kept.segment_id}/lists/"
    assert mei.post(here, {"recipient": "", "purpose": "letters"}).status_code == 422
    assert mei.post(here, {"recipient": "Print shop", "purpose": "letters"}).status_code == 302
    asked = SegmentExport.objects.get()
    act = f"{here}{asked.pk}/"
    assert "Somebody else must approve" in mei.post(act, {"act": "approve"}, follow=True).content.decode()
    assert "Approved: the list" in ada.post(act, {"act": "approve"}, follow=True).content.decode()
    answer = mei.post(act, {"act": "fetch"})
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.decode().endswith("region,language\r\n")
    assert mei.get("/customers/segments/999/lists/").status_code == 404
    assert client_of("analyst").get(here).status_code == 403
