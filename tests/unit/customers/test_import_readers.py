"""Broken files row by row: what is wrong costs its own row and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.imports import operations, queries, readers
from customers.imports.mapping import RowReader


def read(path: Path, content: bytes | str, encoding: str = "utf-8") -> list[readers.Cells | readers.Broken]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return list(readers.rows(path, encoding=encoding))


def names(told: list[readers.Cells | readers.Broken]) -> list[str]:
    return [one["name"] if isinstance(one, dict) else "–" for one in told]


@pytest.mark.parametrize("forgotten", ['2,"陈美\n', '2,"陈美"x\n'])
def test_a_forgotten_quotation_mark_costs_its_own_row_and_no_other(tmp_path: Path, forgotten: str) -> None:
    rest = "".join(f"{n},张{n}\n" for n in range(3, 400))
    told = read(tmp_path / "a.csv", f"id,name\n1,王五\n{forgotten}{rest}")
    assert names(told) == ["王五", "–", *(f"张{n}" for n in range(3, 400))]


def test_a_quoted_cell_may_hold_lines(tmp_path: Path) -> None:
    told = read(tmp_path / "a.csv", 'id,name\n1,"陈\n美"\n2,张三\n')
    assert names(told) == ["陈\n美", "张三"]


def test_a_quotation_mark_open_at_the_end_gives_back_the_rows_behind_it(tmp_path: Path) -> None:
    assert names(read(tmp_path / "a.csv", 'id,name\n1,"陈美\n2,张三\n3,李四')) == ["–", "张三", "李四"]


def test_a_row_of_another_encoding_is_refused_even_where_its_bytes_are_letters(tmp_path: Path) -> None:
    lines = ["id,name", "1,陈美", "2,张三", "3,欧阳娜娜"]
    content = b"\n".join(line.encode("utf-8" if line[0] in "12" else "gb18030") for line in lines)
    assert b"\xe9\x99\x88\xe7\xbe\x8e".decode("gb18030")  # 陈美 in UTF-8: three other letters there
    assert names(read(tmp_path / "a.csv", content, "gb18030")) == ["–", "–", "欧阳娜娜"]


def test_what_a_spreadsheet_would_compute_goes_out_as_text_and_comes_back_as_it_was() -> None:
    line = queries._line(["=1+1", "+8613800138000", "陈美", "-"])
    assert line == "'=1+1,'+8613800138000,陈美,'-\r\n"
    reader = RowReader(mapping={"n": "name", "p": "phone"}, spell=operations.spell, seal=operations.seal)
    row = reader.read(number=1, cells={"n": "'=1+1", "p": "'+8613800138000"})
    assert (row.identifiers, row.fields) == ((("phone", "+8613800138000"),), '{"name":"=1+1","phone":"+8613800138000"}')
