"""Monday's report goes to Ada's chief by mail: in their language, once, again after a failure, its fate on the page."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from callcenter.floor import reporting
from callcenter.foundation.blocks import Sentence, stored
from callcenter.ivr_pages import post
from ivr.reporting import mailing
from ivr.reporting.models import IvrReport, ReportLetter, ReportRecipient
from tests.integration.floor.story import person
from tests.integration.ivr.story import NINE

pytestmark = pytest.mark.django_db
CHIEF, VENDOR = "chief@example.com", "vendor@example.com"


@pytest.fixture(autouse=True)
def _no_paper(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_HOST, settings.PAGES_BASE = "mail.example.com", "https://calls.example.com"  # type: ignore[attr-defined]
    monkeypatch.setattr(reporting, "missing", lambda: ("font",))


@pytest.fixture
def report() -> int:
    said = [Sentence(code="calls", facts={"calls": 70, "before": 42}, units={"calls": "number", "before": "number"})]
    return IvrReport.objects.create(
        flow="operator", version=1, since=NINE, until=NINE + timedelta(days=7), made_at=NINE, made_by="schedule",
        blocks=stored(said),
    ).pk  # fmt: skip


def choose(address: str, language: str, flow: str = "") -> None:
    mailing.add_recipient(address=address, language=language, flow=flow, by="user:ada", now=NINE)


def at(minutes: float) -> int:
    return post.send_due(clock=lambda: NINE + timedelta(minutes=minutes))


def test_each_recipient_gets_it_once_in_their_language(report: int) -> None:
    choose(CHIEF, "zh-hans")
    choose(VENDOR, "en")
    choose("other@example.com", "en", flow="another")

    assert mailing.post(report_id=report, now=NINE) == 2
    assert (at(0), at(1), mailing.post(report_id=report, now=NINE)) == (2, 0, 0)
    letters = {one.to[0]: one for one in mail.outbox}
    assert "70 calls went through the menus; 42 in the time before" in letters[VENDOR].body
    assert "70通" in letters[CHIEF].body and "calls went" not in letters[CHIEF].body
    assert f"https://calls.example.com/floor/ivr/reports/{report}/" in letters[VENDOR].body
    assert "The PDF is not enclosed: PDF needs a Chinese font" in letters[VENDOR].body


def test_a_pdf_is_enclosed_where_it_can_be_made(report: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "pdf", lambda template, context: b"%PDF-1.7")
    choose(VENDOR, "en")
    mailing.post(report_id=report, now=NINE)
    at(0)
    (letter,) = mail.outbox
    assert letter.attachments[0][:3] == (f"ivr-report-{report}.pdf", b"%PDF-1.7", "application/pdf")
    assert "not enclosed" not in letter.body


def test_a_failed_letter_is_tried_again_then_given_up_and_sent_by_hand(
    client: Client, report: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(CHIEF, "en")
    mailing.post(report_id=report, now=NINE)
    whole = EmailMessage.send

    def breaks(*_: object, **__: object) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(EmailMessage, "send", breaks)
    assert (at(0), at(0.5)) == (0, 0)
    letter = ReportLetter.objects.get()
    assert (letter.state, letter.tries, letter.due_at) == ("waiting", 1, NINE + timedelta(minutes=1))
    for hour in range(1, 12):
        at(60 * 5 * hour)
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == ("given_up", 1 + len(mailing.WAITS))

    client.force_login(person("ada", "supervisor"))
    page = client.get(f"/floor/ivr/reports/{report}/").content.decode()
    assert "given up" in page and "Connection unexpectedly closed" in page
    client.post(f"/floor/ivr/reports/{report}/send/")
    monkeypatch.setattr(EmailMessage, "send", whole)
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == ("waiting", 0)
    assert post.send_due(clock=lambda: letter.due_at) == 1


def test_a_postman_who_died_is_followed_by_another(report: int) -> None:
    choose(CHIEF, "en")
    mailing.post(report_id=report, now=NINE)

    def take(at: datetime) -> mailing.Letter | None:
        return mailing.take_due(now=at)

    assert take(NINE) is not None
    assert take(NINE + timedelta(minutes=9)) is None
    assert take(NINE + mailing.UNDER_WAY) is not None


def test_recipients_are_chosen_on_the_page_and_a_wrong_address_stays_in_its_field(
    client: Client, settings: object
) -> None:
    settings.EMAIL_HOST = ""  # type: ignore[attr-defined]
    client.force_login(person("ada", "supervisor"))
    url = "/floor/ivr/reports/"
    wrong = client.post(url, {"address": "chief at home", "language": "en", "flow": ""})
    assert wrong.status_code == 422
    html = wrong.content.decode()
    assert "is no mail address" in html and 'value="chief at home"' in html and "No mail server is set" in html

    assert client.post(url, {"address": CHIEF, "language": "en", "flow": ""}).status_code == 302
    (one,) = mailing.recipients()
    assert (one.address, one.language, one.flow) == (CHIEF, "en", "")
    assert client.post(f"{url}recipients/{one.id}/remove/").status_code == 302
    assert not ReportRecipient.objects.exists()

    client.force_login(person("ana", "analyst"))
    assert client.post(url, {"address": CHIEF, "language": "en", "flow": ""}).status_code == 403
