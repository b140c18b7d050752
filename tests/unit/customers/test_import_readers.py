"""Broken files row by row: what is wrong costs its own row and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.imports import queries, readers


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


def test_what_a_spreadsheet_would_compute_goes_out_as_text_and_comes_back_as_it_was(tmp_path: Path) -> None:
    said = ["=1+1", "+8613800138000", "-", "O'Neill"]
    line = queries._line(said)
    assert line == "'=1+1,+8613800138000,'-,O'Neill\r\n"
    [back] = read(tmp_path / "a.csv", f"a,b,c,d\n{line}")
    assert isinstance(back, dict)
    assert list(back.values()) == said
    [typed] = read(tmp_path / "b.csv", "phone,name\n'+8613800138000,陈美\n")
    assert typed == {"phone": "+8613800138000", "name": "陈美"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_lines_looked_at_together_are_read_as_each_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    said = ["陈美", "李,多了", '"王,\n五"', "", "O'Neill", "'=1+1", "\x00", "刘德华\r", '"没关', "欧阳娜娜", "赵", "郑"]
    lines = [f"{n},{said[n % len(said)] if n % 7 == 0 else said[-1 - n % 2]}" for n in range(2_000)]
    lines[500:503] = ["", "503", "陈,美"]
    content = b"id,name\n" + b"\n".join(line.encode(encoding) for line in lines)
    content += "\n2001,陈美\n2002,张三".encode("gb18030" if encoding == "utf-8" else "utf-8")
    together = [_as_it_came(one) for one in read(tmp_path / "a.csv", content, encoding)]
    monkeypatch.setattr(readers._Lines, "plain", lambda _lines: [])
    assert together == [_as_it_came(one) for one in read(tmp_path / "a.csv", content, encoding)]
    assert sum(isinstance(one, dict) for one in together) > len(together) / 2


def _as_it_came(one: readers.Cells | readers.Broken) -> object:
    return one if isinstance(one, dict) else (one.sentence, one.facts, one.row)


def test_an_encoding_is_told_over_blocks_as_over_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_BLOCK", 3)  # characters lie across blocks
    for encoding in ("utf-8", "gb18030"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes("编号,姓名\n1,陈美㐀\n".encode(encoding))
        assert readers.encoding_of(path) == encoding
    broken = tmp_path / "broken.csv"
    broken.write_bytes("编号,姓名\n".encode("gb18030") + b"1,\xff\n" + "2,陈美\n".encode("gb18030"))
    assert readers.encoding_of(broken) == "gb18030"
