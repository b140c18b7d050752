"""A call's record says who acted on it and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from callcenter.accounts.trail import Entry
from callcenter.floor.record import _moment

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def act(why: str, *, actor: str = "user:3", after_s: float = 0.0) -> Entry:
    return Entry(
        id=1, at=NINE + timedelta(seconds=after_s), actor=actor, actor_name="ada", action="call.moved", subject="call:1",
        purpose=why, call=None, data={},
    )  # fmt: skip


def told(*acts: Entry) -> tuple[str, str]:
    event: Any = SimpleNamespace(seq_in_call=4, at=NINE, type="call.queued", actor="user:3", data={"state": "queued"})
    call: Any = SimpleNamespace(arrived_at=NINE - timedelta(seconds=30))
    moment = _moment(event, call, {"user:3": "ada"}, acts)
    return moment.by, moment.why


def test_the_reason_ada_gave_stands_beside_what_she_did() -> None:
    assert told(act("wrong line", after_s=0.01)) == ("ada", "wrong line")


def test_another_act_lends_its_reason_to_nothing() -> None:
    assert told(act("earlier", after_s=-20), act("not hers", actor="user:4")) == ("ada", "")
