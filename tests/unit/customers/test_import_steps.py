"""What is done to cells before they are read: each step by what it makes, and what a wrong step is told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.identity.normalise import normalise
from customers.imports.mapping import RowReader
from customers.imports.operations import seal
from customers.imports.refusals import Wrong
from customers.imports.steps import DOES, header_after, kept, prepared, read

PERSON = {
    "姓名电话": "陈美/138 0013 8000",
    "省": "广东",
    "市": " 广州 ",
    "生日": "01.03.1980",
    "性别": "2",
    "空": "",
    "证": "１１０ａ",
}


def done(cells: Mapping[str, str], *steps: dict[str, str]) -> dict[str, str]:
    found = read(steps)
    header_after(found, list(cells))
    return prepared(found)(cells)


@pytest.mark.parametrize(
    ("step", "column", "becomes"),
    [
        ({"do": "trim", "column": "市"}, "市", "广州"),
        ({"do": "half_width", "column": "证"}, "证", "110a"),
        ({"do": "digits", "column": "证"}, "证", "110"),
        ({"do": "upper", "column": "证"}, "证", "１１０Ａ"),
        ({"do": "cut", "column": "生日", "with": "7-", "into": "年"}, "年", "1980"),
        ({"do": "cut", "column": "生日", "with": "1-2"}, "生日", "01"),
        ({"do": "date", "column": "生日", "with": "DD.MM.YYYY"}, "生日", "1980-03-01"),
        ({"do": "codes", "column": "性别", "with": "1=mr；2＝ms"}, "性别", "ms"),
        ({"do": "codes", "column": "性别", "with": "1=mr; *=ms"}, "性别", "ms"),
        ({"do": "codes", "column": "性别", "with": "1=mr"}, "性别", "2"),
        ({"do": "codes", "column": "空", "with": "*=ms"}, "空", ""),
        ({"do": "fill", "column": "空", "with": "上海"}, "空", "上海"),
        ({"do": "split", "column": "姓名电话", "with": "/", "into": "姓名，电话"}, "电话", "138 0013 8000"),
        ({"do": "join", "column": "省 + 市", "with": "", "into": "地区"}, "地区", "广东广州"),
        ({"do": "join", "column": "省 + 空 + 市", "with": "-", "into": "地区"}, "地区", "广东-广州"),
        ({"do": "constant", "with": "zh", "into": "语言"}, "语言", "zh"),
    ],
)
def test_each_step_makes_what_it_says(step: dict[str, str], column: str, becomes: str) -> None:
    after = done(PERSON, step)
    assert after[column] == becomes
    assert PERSON["姓名电话"] == "陈美/138 0013 8000"  # the row as it stood is not touched


@pytest.mark.parametrize(
    ("form", "text", "becomes"),
    [("YYYYMMDD", "19800301", "1980-03-01"), ("MM/DD/YYYY HH:mm", "3/1/2026 14:30", "2026-03-01 14:30:00"),
     ("excel", "29281", "1980-03-01"), ("YYYY年MM月DD日", "1980年3月1日", "1980-03-01"), ("DD.MM.YYYY", "", "")],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(form: str, text: str, becomes: str) -> None:
    assert done({"d": text}, {"do": "date", "column": "d", "with": form})["d"] == becomes


def test_what_one_step_makes_the_next_may_use() -> None:
    steps = (
        {"do": "split", "column": "姓名电话", "with": "/", "into": "姓名,电话"},
        {"do": "digits", "column": "电话"},
    )
    assert done(PERSON, *steps)["电话"] == "13800138000"


@pytest.mark.parametrize(
    ("step", "says"),
    [({"do": "melt", "column": "市"}, "no step"), ({"do": "trim", "column": "县"}, "no column 县"),
     ({"do": "cut", "column": "市", "with": "x"}, "1-6"), ({"do": "date", "column": "市", "with": "DD.MM"}, "YYYY"),
     ({"do": "codes", "column": "市", "with": "1"}, "code=meaning"), ({"do": "split", "column": "市", "into": "a"}, "commas"),
     ({"do": "join", "column": "市", "into": "a"}, "two or more"), ({"do": "constant", "with": "x"}, "which column"),
     ({"do": "trim", "column": "市" * 300}, "at most 200")],
)  # fmt: skip
def test_a_step_that_cannot_be_done_is_told_so(step: dict[str, str], says: str) -> None:
    with pytest.raises(Wrong, match=says):
        done(PERSON, step)


def test_a_row_that_a_step_cannot_be_done_to_is_refused_by_its_column() -> None:
    steps = read([{"do": "date", "column": "生日", "with": "YYYY-MM-DD"}])
    reader = RowReader(mapping={"姓名电话": "name"}, spell=lambda *_: "", seal=seal, steps=steps)
    with pytest.raises(Wrong, match="not written as YYYY-MM-DD") as wrong:
        reader.read(number=1, cells=PERSON)
    assert wrong.value.column == "生日"


def test_what_an_id_document_is_made_of_is_as_sensitive_as_the_document() -> None:
    steps = read([{"do": "split", "column": "人", "with": "/", "into": "名,证件"}, {"do": "upper", "column": "证件"}])
    reader = RowReader(
        mapping={"名": "name", "证件": "id_document"}, spell=lambda kind, value: normalise(kind=kind, value=value),
        seal=seal, steps=steps,
    )  # fmt: skip
    assert reader.sensitive["人"] == "id_document"
    row = reader.read(number=1, cells={"人": "陈美/11010519491231002x"})
    assert "11010519491231002" not in row.fields


@given(st.lists(st.fixed_dictionaries({"do": st.sampled_from(sorted(DOES)), "column": st.sampled_from("abc+"),
                                       "with": st.text(max_size=6), "into": st.sampled_from(["", "a", "a,b", "d"])}), max_size=4),
       st.text(max_size=8))  # fmt: skip
def test_whatever_the_steps_they_are_kept_as_read_and_refuse_only_with_a_sentence(
    steps: list[dict[str, str]], text: str
) -> None:
    with suppress(Wrong):
        found = read(steps)
        assert read(kept(found)) == found
        header = header_after(found, ["a", "b", "c"])
        assert set(prepared(found)({"a": text, "b": "", "c": text})) <= set(header)
