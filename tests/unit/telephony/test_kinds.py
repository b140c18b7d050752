"""Which types of events there are: what is told stands in the list, and who asks for another one hears the nearest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callcenter.telephony.webhooks.kinds import TOLD, unknown, wrong

ROOT = Path(__file__).resolve().parents[3]
_LITERAL = re.compile(rf"""["']((?:{"|".join(TOLD)})\.[a-z_]+)["']""")
# Written to the audit trail alone, and names of tasks, tables and permissions.
_ELSEWHERE = {
    "agent.forced", "agent.skills", "call.moved", "call.pulled", "queue.changed", "queue.moved",
    "ivr.close_silent", "ivr.train_intent", "ivr.weekly_reports", "ivr.xlsx", "ivr.flow", "ivr.flowversion", "ivr.session",
    "ivr.intentcard", "ivr.ivrreport", "ivr.pathimport", "ivr.surveyform", "ivr.surveyinvitation",
    "trunk.secret_changed", "trunk.voice_changed",
}  # fmt: skip


def test_whatever_the_rooms_tell_of_calls_is_in_the_list_and_in_the_documentation() -> None:
    sources = [path for room in ("routing", "callcenter", "ivr") for path in (ROOT / room).rglob("*.py")]
    found = {
        word
        for path in sources
        if "migrations" not in path.parts and path.name != "kinds.py"
        for word in _LITERAL.findall(path.read_text("utf-8"))
    }
    listed = {f"{kind}.{word}" for kind, words in TOLD.items() for word in words}
    assert found - listed - _ELSEWHERE == set()
    documented = (
        (ROOT / "docs" / "api.md").read_text("utf-8").partition("What is told, by type:")[2].partition("\n\n")[0]
    )
    assert {word for words in TOLD.values() for word in words} - set(re.findall(r"[a-z_]+", documented)) == set()


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("call.queued", None), ("call.*", None), ("callback.exhausted", None), ("offer.anything", None),
        ("call.enqueued", "call.queued"), ("reservation.accept", "reservation.accepted"), ("call.xyz", ""), ("call.ended", ""),
    ],
)  # fmt: skip
def test_who_asks_for_what_never_comes_hears_the_nearest(asked: str, near: str | None) -> None:
    assert unknown(asked) == near


@pytest.mark.parametrize(
    ("types", "sentence"),
    [
        (["call.*", "offer.answered"], ""),
        (["*"], "'*' is no type of event: write call.queued, or call.* for all."),
        (["call.enqueued"], "No event is called call.enqueued: the nearest is call.queued."),
        (["trunk.restarted"], "No event is called trunk.restarted: the nearest is trunk.started."),
        (["trunk.gone"], "No event is called trunk.gone: trunk has back, late, reconciled, started."),
        (["call.queued"] * 61, "At most 60 types can be named; `call.*` stands for all of a kind."),
    ],
)
def test_what_is_wrong_with_types_is_said_once_for_all_who_ask(types: list[str], sentence: str) -> None:
    assert wrong(types) == sentence
