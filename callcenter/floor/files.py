"""Tables as files: CSV and workbooks that open right in a spreadsheet and never run there. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callcenter.foundation.spreadsheets import defused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Table = tuple[Sequence[object], Iterable[Sequence[object]]]  # header, rows


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with BOM, every cell quoted, text that a spreadsheet would take for a formula defused by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([cell(one) for one in header])
    writer.writerows([cell(one) for one in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def workbook_bytes(title: str, about: Iterable[tuple[str, str]], tables: Mapping[str, Table]) -> bytes:
    """A sheet of that title saying what was asked, then a sheet a table: numbers as numbers, nothing a formula."""
    import xlsxwriter  # large, and only files need it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    first = book.add_worksheet(title[:31])
    for line, (name, said) in enumerate(about):
        first.write_string(line, 0, name, bold)
        first.write_string(line, 1, said)
    first.set_column(0, 0, 24)
    first.set_column(1, 1, 90)
    for name, (header, rows) in tables.items():
        _write_sheet(book.add_worksheet(name), header, rows, bold)
    book.close()
    return out.getvalue()


def _write_sheet(sheet: Any, header: Sequence[object], rows: Iterable[Sequence[object]], bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [str(one) for one in header], bold)
    for place, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int | float):
                sheet.write_number(place, column, value)
            elif value is not None:
                sheet.write_string(place, column, str(value))


def cell(value: object) -> str:
    """Numbers as they are (a negative number is no formula), None empty, text defused."""
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return defused(str(value))
