"""Ada sees who is in the menus now; an analyst sends a log by the page and learns what became of each row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from callcenter.foundation.clock import db_now
from callcenter.ivr_pages.tasks import import_path_events
from ivr.flows import operations as flow_operations
from ivr.intake.models import PathImport
from ivr.intake.operations import take
from tests.integration.floor.story import person
from tests.integration.ivr.story import NINE, asks_for_bill, said

pytestmark = pytest.mark.django_db
LOG = b"call,t,kind,node\na,2026-03-02T01:00:00Z,enter,main\na,2026-03-02T01:00:09Z,waltz,main\n"


@pytest.fixture
def seat(client: Client) -> Client:
    flow_operations.publish_shipped(now=NINE - timedelta(days=30))
    client.force_login(person("ada", "admin"))
    return client


def test_a_committed_event_is_on_the_live_page_at_its_next_look(seat: Client) -> None:
    now = db_now()
    assert "Nobody is in the menus." in seat.get("/floor/ivr/live/").content.decode()
    away = now - NINE
    take(items=[said("chen", -20, "enter", "main", t=NINE + away - timedelta(seconds=20))], now=now)
    take(items=[said("zhang", -9, "zero_out", "main", t=NINE + away - timedelta(seconds=9))], now=now)
    html = seat.get("/floor/ivr/live/now/").content.decode()

    assert 'id="now-calls">2<' in html
    assert 'id="now-zero">1<' in html
    assert "Main menu" in html and 'data-at="' in html


def test_a_file_sent_by_the_page_is_read_and_its_refused_rows_come_back(
    seat: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(import_path_events, "delay", sent.append)
    form = {"file": SimpleUploadedFile("march.csv", LOG), "source": "ivr-1"}
    assert seat.post("/floor/ivr/intake/", form).status_code == 302
    import_path_events(*sent)
    job = PathImport.objects.get()

    html = seat.get("/floor/ivr/intake/").content.decode()
    assert "march.csv" in html and f'href="/floor/ivr/intake/{job.pk}/">1<' in html
    assert "waltz" in seat.get(f"/floor/ivr/intake/{job.pk}/").content.decode()
    file = b"".join(seat.get(f"/floor/ivr/intake/{job.pk}/refused.csv").streaming_content)  # type: ignore[attr-defined]
    assert file.decode("utf-8-sig").splitlines()[1].startswith("2,unknown_kind,")


def test_a_file_that_makes_no_sense_is_refused_and_what_was_typed_stays(seat: Client) -> None:
    form = {"file": SimpleUploadedFile("march.csv", b"a,b\n1,2\n"), "source": "ivr-1", "zone": "Asia/Shanghai"}
    answer = seat.post("/floor/ivr/intake/", form)

    assert answer.status_code == 422
    assert (
        "No column is understood as" in answer.content.decode() and 'value="Asia/Shanghai"' in answer.content.decode()
    )
    assert seat.post("/floor/ivr/intake/", {"source": "ivr-1"}).status_code == 422
    assert not PathImport.objects.exists()


def test_supervisors_look_on_live_and_analysts_bring_files(client: Client) -> None:
    take(items=asks_for_bill("chen"), now=NINE + timedelta(hours=1))
    client.force_login(person("ben", "supervisor"))
    assert [client.get(f"/floor/ivr/{page}/").status_code for page in ("live", "intake")] == [200, 403]
    client.force_login(person("ana", "analyst"))
    assert [client.get(f"/floor/ivr/{page}/").status_code for page in ("live", "intake")] == [200, 200]
