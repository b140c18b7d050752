"""Rows of tables about skills, agents and queues: what they say, and what is refused in which words."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.sheets import COLUMNS, Kind, Wrong, known_columns, read, written

keys = st.from_regex(r"[a-z][a-z0-9-]{0,11}", fullmatch=True)
values = st.one_of(
    st.dictionaries(keys, st.integers(1, 5), max_size=4),
    st.frozensets(keys, max_size=4).map(lambda s: tuple(sorted(s))),
)


def row(kind: Kind, **cells: str) -> dict[str, object]:
    return dict(read(kind, cells, known_columns(kind, list(cells))))


def test_an_agent_in_two_languages() -> None:
    english = row(Kind.AGENTS, key="1017", name_zh="林静", skills="billing:3, lang-en:4", queues="billing retention")
    chinese = row(Kind.AGENTS, 工号="1017", 姓名="林静", 技能="billing：3、lang-en:4", 队列="billing，retention")
    assert english == chinese
    assert english["skills"] == {"billing": 3, "lang-en": 4}
    assert english["queues"] == ("billing", "retention")


def test_an_empty_cell_says_nothing_and_a_dash_clears() -> None:
    assert row(Kind.AGENTS, key="1017", team="", skills="-", contact="-") == {
        "key": "1017",
        "skills": {},
        "contact": "",
    }


@pytest.mark.parametrize("text", ["2026-12-01", "2026/12/1", "2026-12-01 00:00:00"])
def test_a_day_is_read_as_people_and_spreadsheets_write_it(text: str) -> None:
    said = row(Kind.LEVELS, 工号="1017", 技能="billing", 等级="3", 失效日期=text)
    assert said == {"key": "1017", "skill": "billing", "level": 3, "valid_until": date(2026, 12, 1)}
    assert written(said["valid_until"]) == "2026-12-01"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "cells", "says"),
    [
        (Kind.AGENTS, {"key": "10 17"}, "key"),
        (Kind.AGENTS, {"key": "1017", "skills": "billing"}, "billing:3"),
        (Kind.AGENTS, {"key": "1017", "skills": "billing:6"}, "levels 1 to 5"),
        (Kind.QUEUES, {"key": "q", "ring_s": "4"}, "5 to 120"),
        (Kind.QUEUES, {"key": "q", "ring_s": "٢٠"}, "5 to 120"),
        (Kind.QUEUES, {"key": "q", "wrap_up_mode": "sometimes"}, "time_boxed"),
        (Kind.AGENTS, {"name_en": "Lin"}, "column key"),
        (Kind.AGENTS, {"key": "1017", "salary": "1"}, "salary"),
        (Kind.AGENTS, {"key": "1017", "name_en": "x" * 81}, "80"),
        (Kind.LEVELS, {"key": "1017", "skill": "billing", "level": "6"}, "0 to 5"),
        (Kind.LEVELS, {"key": "1017", "skill": "billing", "level": "3", "valid_from": "2026-02-30"}, "2026-12-01"),
        (Kind.LEVELS, {"key": "1017", "skill": "billing", "level": "3", "valid_to": "next week"}, "valid_until: a day"),
    ],
)
def test_a_refusal_names_the_cell_and_what_would_do(kind: Kind, cells: dict[str, str], says: str) -> None:
    with pytest.raises(Wrong, match=says):
        row(kind, **cells)


@given(value=values)
def test_what_is_written_is_read_again(value: dict[str, int] | tuple[str, ...]) -> None:
    column = "skills" if isinstance(value, dict) else "queues"
    assert row(Kind.AGENTS, key="1017", **{column: written(value)})[column] == value


@given(cells=st.fixed_dictionaries({column.name: st.text(max_size=30) for column in COLUMNS[Kind.QUEUES]}))
def test_whatever_stands_in_the_cells_is_read_or_refused(cells: dict[str, str]) -> None:
    with suppress(Wrong):
        assert row(Kind.QUEUES, **cells)["key"] == cells["key"].strip()
