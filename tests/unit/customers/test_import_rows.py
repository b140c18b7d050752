"""Rows of files in our terms, and as COPY reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.identity.normalise import normalise
from customers.imports.mapping import Row, RowReader
from customers.imports.merge import _staged
from customers.imports.operations import seal
from customers.imports.refusals import Wrong

MAPPING = {"id": "key", "name": "name", "mobile": "phone", "second": "phone", "born": "birth", "chat": "wechat"}
READER = RowReader(mapping=MAPPING, spell=lambda kind, value: normalise(kind=kind, value=value), seal=seal)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(**cells: str) -> Row:
    return READER.read(number=1, cells=cells)


def test_two_numbers_of_one_kind_are_both_kept_and_one_number_twice_is_one() -> None:
    row = read(name="陈美", mobile="138 0013 8000", second="13900139000")
    assert row.identifiers == (("phone", "+8613800138000"), ("phone", "+8613900139000"))
    assert read(mobile="13800138000", second="+86 13800138000").identifiers == (("phone", "+8613800138000"),)


def test_the_digest_tells_changed_content_and_only_that() -> None:
    row = read(id="1", name="陈美", mobile="13800138000", second="13900139000")
    assert row.digest == read(id="1", name=" 陈美 ", mobile="+86 13800138000", second="139-0013-9000").digest
    assert row.digest != read(id="1", name="陈美", mobile="13900139000").digest
    assert read(name="陈美").key == read(name="陈美").key != read(name="陈").key


@pytest.mark.parametrize(
    ("cells", "column"), [({"born": "1980-13-01"}, "born"), ({"mobile": "12"}, "mobile"), ({}, "")]
)
def test_a_refusal_names_its_column(cells: dict[str, str], column: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read(id="1", **cells)
    assert wrong.value.column == column


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)  # readers refuse these


@given(key=TEXT, name=TEXT, chat=TEXT)
def test_any_text_survives_the_way_through_copy(key: str, name: str, chat: str) -> None:
    """PostgreSQL undoes backslash escapes of each value between tabs; what comes out is what went in."""
    if not (key.strip() and name.strip() and (not chat.strip() or normalise(kind="wechat", value=chat))):
        return
    if any(text.strip().startswith(("'=", "'+", "'-", "'@")) for text in (key, name, chat)):
        return  # goes in as what a spreadsheet was kept from computing
    row = read(id=key, name=name, chat=chat)
    line = _staged(row, NOW)
    assert line.count("\n") == 1
    number, key_told, digest, at, fields, told = (
        value.encode("utf-8", "surrogatepass").replace(b"\\\\", b"\x00").replace(b"\\t", b"\t")
        .replace(b"\\n", b"\n").replace(b"\\r", b"\r").replace(b"\x00", b"\\").decode("utf-8", "surrogatepass")
        for value in line.removesuffix("\n").split("\t")
    )  # fmt: skip
    assert (number, key_told, digest) == ("1", row.key, f"\\x{row.digest.hex()}")
    assert datetime.fromisoformat(at) == NOW
    assert json.loads(fields)["name"] == name.strip()
    assert tuple(tuple(pair.split("\x1e")) for pair in told.split("\x1f") if pair) == row.identifiers
