"""Small parts of the desk that need no database, and the rules its files keep."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from callcenter.console import drafts, leases, words
from callcenter.console.desk_state import ring_deadline, work_of
from callcenter.console.templatetags.desk import span, yuan
from callcenter.foundation.errors import Invalid
from routing.results import CallView, ReservationView
from routing.states import CallState, ReservationState, Role

ROOT = Path(__file__).parents[3] / "callcenter"
TEMPLATES = sorted([*(ROOT / "console" / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.html")])
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BANNED = re.compile(
    r"hx-on|\bjs:|sse-connect|hx-sse|ws-connect|hx-boost|\sstyle=|\son[a-z]+=|<style|\|safe|<script(?![^>]*\ssrc=)|https?://"
)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_is_inline(template: Path) -> None:
    """T-LINT: what the Content-Security-Policy would refuse, or evaluate, stands in no template."""
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", template.read_text("utf-8"), flags=re.DOTALL)
    assert BANNED.findall(text) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_stay_small_and_silent(script: Path) -> None:
    """Under 200 lines each; no words for people in them: those come translated from the page."""
    text = script.read_text("utf-8")
    assert len(text.splitlines()) < 200
    assert not re.search(r"[\u4e00-\u9fff]", text)
    assert not re.search(r"(?:textContent|toast)\s*[=(]\s*[\"'][A-Z][a-z]+ ", text)


@pytest.mark.parametrize("folder", ["console", "."])
def test_every_sentence_is_translated(folder: str) -> None:
    text = (ROOT / folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    empty = re.findall(r'\nmsgid "(?!")(.+)"\n(?:msgid_plural .+\n)?msgstr(?:\[0\])? ""\n(?!")', text)
    assert empty == []
    assert "#, fuzzy" not in text


def test_every_state_has_word_and_sign() -> None:
    assert words.STATE.keys() == words.SIGN.keys()


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert words.word("reason", "some_new_reason") == "some new reason"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (0, "0:00"), (59.9, "0:59"), (75, "1:15"), (3675, "1:01:15"), (-3, "0:00")]
)
def test_spans(seconds: float | None, shown: str) -> None:
    assert span(seconds) == shown


@pytest.mark.parametrize(("fen", "shown"), [(None, ""), (12900, "¥129"), (29150, "¥291.50"), (123456700, "¥1,234,567")])
def test_money(fen: int | None, shown: str) -> None:
    assert yuan(fen) == shown


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "pays with 5500-0000-0000-0004 today"])
def test_card_numbers_are_found(text: str) -> None:
    with pytest.raises(Invalid, match="card number"):
        drafts.check_note(text)


@pytest.mark.parametrize("text", ["", "call 13800138000 back", "order 4111 1111 1111 1112", "x" * 4000])
def test_other_notes_pass(text: str) -> None:
    drafts.check_note(text)


def test_a_note_has_an_end() -> None:
    with pytest.raises(Invalid, match="4,000"):
        drafts.check_note("x" * 4001)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0",
            "Edge 156, Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome 156, Linux"),
        ("curl/8", ""),
    ],
)
def test_browsers_are_named_as_people_do(agent: str, name: str) -> None:
    assert leases.browser_name(agent) == name


def reservation(state: ReservationState, **more: object) -> ReservationView:
    facts: dict[str, object] = {
        "id": uuid4(), "call_id": uuid4(), "domain": "main", "agent_id": 1, "agent_key": "lin", "contact": "",
        "ring_s": 20, "role": Role.PRIMARY, "state": state, "end_reason": "", "because": {}, "created_at": NINE,
        "expires_at": None, "accepted_at": None, "connected_at": None, "talk_ended_at": None, "wrap_until": None,
        "wrap_up_mode": "time_boxed", "extensions": 0, "disposition": "", "ended_at": None, "version": 1,
    }  # fmt: skip
    return ReservationView(**(facts | more))  # type: ignore[arg-type]


def call(**more: object) -> CallView:
    facts: dict[str, object] = {
        "id": uuid4(), "domain": "main", "source": "t", "external_id": "1", "channel": "voice", "direction": "in",
        "state": CallState.CONNECTED, "queue": "billing", "from_number": "", "from_e164": "", "to_number": "",
        "language": "", "customer_id": None, "match_basis": "", "arrived_at": NINE, "enqueued_at": NINE,
        "place_key": NINE, "head_start_s": 0, "connected_at": None, "held_since": None, "ended_at": None,
        "ended_by": "", "end_reason": "", "version": 1,
    }  # fmt: skip
    return CallView(**(facts | more))  # type: ignore[arg-type]


def test_the_phone_stops_before_the_lease() -> None:
    lease = NINE + timedelta(seconds=25)
    assert ring_deadline(reservation(ReservationState.PENDING, expires_at=lease)) == NINE + timedelta(seconds=20)


@pytest.mark.parametrize(
    ("held", "its_call", "stage"),
    [
        (reservation(ReservationState.PENDING, expires_at=NINE), call(), "ringing"),
        (reservation(ReservationState.ACCEPTED, accepted_at=NINE), call(), "connecting"),
        (reservation(ReservationState.ACCEPTED, accepted_at=NINE, connected_at=NINE), call(), "talking"),
        (reservation(ReservationState.ACCEPTED, connected_at=NINE), call(held_since=NINE), "held"),
        (reservation(ReservationState.WRAPPING, connected_at=NINE, talk_ended_at=NINE), call(), "wrapping"),
    ],
)
def test_stages_of_the_work(held: ReservationView, its_call: CallView, stage: str) -> None:
    assert work_of(held, its_call).stage == stage
