"""Views read by hand: who adds a field to one is told here that its statement has no column for it."""

from __future__ import annotations

import re

import pytest

from routing import viewing

# Fields that are called otherwise than their columns.
CALL = {"domain": "d.key", "queue": "q.key"}
RESERVATION = {
    "domain": "d.key", "agent_key": "a.key", "contact": "a.contact", "ring_s": "q.ring_s",
    "wrap_up_mode": "q.wrap_up_mode", "written": "r.slot",
}  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "names", "table", "others"),
    [
        (viewing._CALL, viewing._CALL_FIELDS, "c", CALL),
        (viewing._RESERVATION, viewing._RESERVATION_FIELDS, "r", RESERVATION),
    ],
    ids=["call", "reservation"],
)
def test_each_field_of_a_view_is_read_from_its_column(
    sql: str, names: tuple[str, ...], table: str, others: dict[str, str]
) -> None:
    listed = re.search(r"SELECT(.*?)FROM", sql, re.DOTALL)
    assert listed is not None
    columns = [column.strip() for column in listed[1].split(",")]
    assert columns == [others.get(name, f"{table}.{name}") for name in names]
