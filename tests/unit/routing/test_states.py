"""The state tables are closed, and say what the design page says: its cells stand here once more, as a picture."""

from __future__ import annotations

import pytest

from routing.states import (
    CALL_TABLE,
    ENDED_CALL,
    GUEST_TABLE,
    PRESENCE_TABLE,
    RESERVATION_TABLE,
    CallAct,
    CallState,
    Guest,
    GuestAct,
    Held,
    Presence,
    PresenceAct,
    ReservationAct,
    ReservationState,
    ShownState,
    Standing,
    held,
    shown_state,
    standing,
)

# "a/b" is a choice that the facts make: how the call was left, and whether there is a wrap-up.
CHOICES = {"left": "abandoned/completed", "over": "wrapping/completed", "409": "conflict", "saved": "completed"}
CALLS = """
          enqueue reserve  release bridge    hang_up   agent_leg_ends transfer hand_to  consult   divert   fail   cancel   dial     wrap_up
arrived   queued  409      never   connected left      never          409      409      409       diverted failed canceled reserved 409
queued    queued  reserved never   wire_rule abandoned stale          queued   409      409       diverted failed canceled 409      409
reserved  queued  409      queued  connected abandoned queued         queued   409      409       diverted failed canceled 409      409
connected 409     409      never   same      over      queued/over    queued   reserved connected 409      over   409      409      409
wrapping  409     409      never   stale     same      same           409      409      409       409      same   409      409      saved
completed 409     409      never   stale     stale     stale          409      409      409       409      stale  409      409      same
abandoned 409     409      never   stale     stale     stale          409      409      409       409      stale  409      409      409
diverted  409     409      never   stale     stale     stale          409      409      409       409      stale  409      409      409
failed    409     409      never   stale     stale     stale          409      409      409       409      stale  409      409      409
canceled  409     409      never   stale     stale     stale          409      409      409       409      stale  409      409      409
"""  # noqa: E501  a picture

RESERVATIONS = """
          accept   reject   time_up   rescind   caller_gone bridge    talk_ends complete  extend
pending   accepted rejected timeout   rescinded canceled    accepted  stale     conflict  conflict
accepted  same     conflict rescinded rescinded canceled    accepted  rescinded conflict  conflict
bridged   same     conflict same      conflict  over        same      over      conflict  conflict
wrapping  conflict conflict completed conflict  same        stale     same      completed wrapping
ended     gone     conflict same      conflict  same        wire_rule stale     same      conflict
"""

GUESTS = """
        ask      answer join     hand_over end    leave  first_leaves caller_gone
nobody  rung     stale  conflict conflict  same   stale  nobody       nobody
rung    conflict asked  conflict conflict  nobody nobody nobody       nobody
asked   conflict same   joined   primary   nobody nobody primary      nobody
joined  conflict same   same     primary   nobody nobody primary      nobody
"""

PRESENCE = """
                sign_in  available  break     sign_out  lease_lost  miss_limit
offline         break    conflict   conflict  same      same        never
break           same     available  break     offline   offline     never
available       same     same       break     offline   offline     not_responding
working         same     available  defer     defer     defer       defer
not_responding  same     available  break     offline   offline     same
"""


def _picture(table: str) -> dict[str, dict[str, str]]:
    header, *rows = [line.split() for line in table.strip("\n").splitlines()]
    for word, choice in CHOICES.items():
        rows = [[cell.replace(word, choice) for cell in row] for row in rows]
    return {row[0]: dict(zip(header, row[1:], strict=True)) for row in rows}


def _drawn(table: object) -> dict[str, dict[str, str]]:
    def cell(value: object) -> str:
        return "/".join(str(one) for one in (value if isinstance(value, tuple) else (value,)))

    return {str(row): {str(act): cell(value) for act, value in acts.items()} for row, acts in table.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("table", "picture", "rows", "acts"),
    [
        (CALL_TABLE, CALLS, CallState, CallAct),
        (RESERVATION_TABLE, RESERVATIONS, Held, ReservationAct),
        (GUEST_TABLE, GUESTS, Guest, GuestAct),
        (PRESENCE_TABLE, PRESENCE, Standing, PresenceAct),
    ],
)
def test_state_table_is_closed(table: object, picture: str, rows: type, acts: type) -> None:
    drawn = _drawn(table)
    assert set(drawn) == {row.value for row in rows}  # type: ignore[attr-defined]
    assert all(set(cells) == {act.value for act in acts} for cells in drawn.values())  # type: ignore[attr-defined]
    assert drawn == _picture(picture)


def test_an_ended_call_is_never_revived() -> None:
    for state in ENDED_CALL:
        assert not any(isinstance(cell, CallState | tuple) for cell in CALL_TABLE[state].values())


def test_accepted_is_told_apart_by_the_talk() -> None:
    assert held(ReservationState.ACCEPTED, bridged=False) is Held.ACCEPTED
    assert held(ReservationState.ACCEPTED, bridged=True) is Held.BRIDGED
    assert held(ReservationState.WRAPPING, bridged=True) is Held.WRAPPING
    assert held(ReservationState.TIMEOUT, bridged=False) is Held.ENDED


def test_open_work_outweighs_what_was_said() -> None:
    assert standing(Presence.BREAK, working=True) is Standing.WORKING
    assert standing(Presence.AVAILABLE, working=False) is Standing.FREE
    assert standing(Presence.OFFLINE, working=True) is Standing.OFFLINE


@pytest.mark.parametrize(
    ("presence", "talking", "ringing", "wrapping", "shown"),
    [
        ("offline", True, True, True, ShownState.OFFLINE),
        ("available", True, False, True, ShownState.ON_CALL),
        ("break", False, True, True, ShownState.RESERVED),
        ("available", False, False, True, ShownState.WRAP_UP),
        ("not_responding", False, False, False, ShownState.NOT_RESPONDING),
        ("break", False, False, False, ShownState.BREAK),
        ("available", False, False, False, ShownState.AVAILABLE),
    ],
)
def test_the_first_that_holds_is_shown(
    presence: str, talking: bool, ringing: bool, wrapping: bool, shown: ShownState
) -> None:
    assert shown_state(presence, talking=talking, held_for_call=ringing, wrapping=wrapping) is shown
