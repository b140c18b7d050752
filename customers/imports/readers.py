"""Rows out of files, one at a time: CSV, TSV, NDJSON, XLSX, Parquet; UTF-8, UTF-16, GB18030, never by guess.

An encoding is decided over the whole file, not over its beginning. A line that cannot be read in it becomes a refused
row with what is wrong, and the others go on.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid, Unavailable
from callcenter.foundation.spreadsheets import as_meant
from customers.imports.refusals import Refusal, gettext_noop, said

Cells = dict[str, str]
MOST_COLUMNS = 500
LONGEST_LINE = 1_000_000  # characters
MOST_LINES = 100  # of a table's row: cells may hold a few, a forgotten quotation mark would hold thousands
MOST_UNPACKED = 2_000_000_000  # bytes of an XLSX
MOST_RATIO = 200
_BLOCK = 1 << 20
_SOME = 1 << 16  # characters of lines that are looked at together
_DELIMITED = {".csv", ".tsv", ".txt"}
SUFFIXES = {*_DELIMITED, ".ndjson", ".jsonl", ".xlsx", ".parquet"}


_UNREADABLE = re.compile("[\x00\ud800-\udfff]")  # zero bytes, and what no decoder could make a character of


AS_IT_STOOD = "line as it stood"  # the column of refused rows that fell into no columns


# The column that says in a file of refused rows why; in every language the product speaks.
REASON = gettext_noop("why it was refused")
REASONS = frozenset({REASON, "拒绝原因"})


def is_added(column: str) -> bool:
    """Whether a column stands only in files of refused rows: the reason, values without a column, a line as it stood."""
    return column in REASONS or column == AS_IT_STOOD or bool(re.fullmatch(r"\+\d+", column))


class Broken(Refusal):
    """One row cannot be read; the next ones can. `row` is what stood there, column by column as far as that goes."""

    def __init__(self, sentence: str, row: Cells, **facts: object) -> None:
        super().__init__(sentence, **facts)
        self.row = {name: _UNREADABLE.sub(_escaped, value) for name, value in row.items()}


class Unreadable(Invalid):
    """The file as a whole cannot be read; sentence and facts apart, for whoever reads it later in another language."""

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(said(sentence, facts, translate=_), field="/file")
        self.plain, self.places = sentence, facts


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code & 0xFF:02x}" if code == 0 or 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def encoding_of(path: Path) -> str:
    """`utf-16`, `utf-8-sig`, `utf-8` or `gb18030`: by its mark, else whichever reads the most lines of the whole file."""
    with path.open("rb") as raw:
        head = raw.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if _reads_whole(path, "utf-8"):
        return "utf-8"
    if _reads_whole(path, "gb18030"):
        return "gb18030"
    bad = {"utf-8": 0, "gb18030": 0}
    with path.open("rb") as raw:
        for line in raw:
            if line.isascii():
                continue
            for name in bad:
                try:
                    line.decode(name)
                except UnicodeDecodeError:
                    bad[name] += 1
    return "utf-8" if bad["utf-8"] <= bad["gb18030"] else "gb18030"


def _reads_whole(path: Path, encoding: str) -> bool:
    """Whether every line of a file is text in an encoding: most files are, and need no line to be looked at by itself."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as raw:
        try:
            while block := raw.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def rows(path: Path, *, encoding: str) -> Iterator[Cells | Broken]:
    """Every row after the header, as column → text. Raises Invalid where the file as a whole makes no sense."""
    suffix = path.suffix.lower()
    if suffix in _DELIMITED:
        return _delimited(path, encoding)
    if suffix in {".ndjson", ".jsonl"}:
        return _ndjson(path, encoding)
    if suffix == ".xlsx":
        return _sheet(path)
    if suffix == ".parquet":
        return _parquet(path)
    raise Unreadable(gettext_noop("Only CSV, TSV, NDJSON, XLSX and Parquet files can be read."))


def columns(path: Path, *, encoding: str) -> list[str]:
    """The names of the columns: of a table its header, of NDJSON the keys of its first row."""
    if path.suffix.lower() in _DELIMITED:
        with _opened(path, encoding) as text:
            return _head(text)[0]
    first = next((row for row in rows(path, encoding=encoding) if isinstance(row, dict)), None)
    return list(first or {})


def rows_about(path: Path, *, encoding: str) -> int:
    """How many rows the file has, as far as its lines tell: a value over two lines counts twice. 0 where nothing tells it."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet_file(path).metadata.num_rows  # type: ignore[no-any-return]
    if suffix == ".xlsx":
        return 0
    lines, last = 0, ""
    with path.open(encoding="utf-16" if encoding == "utf-16" else "latin-1", errors="replace", newline="") as whole:
        while block := whole.read(_BLOCK):  # a line ends with the same byte in all encodings but UTF-16
            lines, last = lines + block.count("\n"), block[-1]
    return max(lines + (last not in {"\n", ""}) - (suffix in _DELIMITED), 0)


def _delimited(path: Path, encoding: str) -> Iterator[Cells | Broken]:
    with _opened(path, encoding) as text:
        header, delimiter = _head(text)
        lines = _Lines(text)
        table = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            if plain := lines.plain():
                yield from _plain_rows(plain, header, delimiter, encoding)
                continue
            lines.taken.clear()
            try:
                cells = next(table)
            except StopIteration:
                return
            except csv.Error as error:
                torn = lines.taken[0]
                # one forgotten quotation mark costs its own line, not those that it would swallow
                table = csv.reader(lines.without_the_first(), delimiter=delimiter, strict=True)
                yield Broken(_torn(error), {AS_IT_STOOD: torn})
                continue
            if cells:
                yield _fit(header, cells, encoding)


def _plain_rows(lines: list[str], header: list[str], delimiter: str, encoding: str) -> Iterator[Cells | Broken]:
    """Lines without a sign that means more than itself: each is a row, and most are as they should be."""
    foreign = _begins_like_utf8().match if encoding == "gb18030" else None
    width = len(header)
    for line, cells in zip(lines, csv.reader(lines, delimiter=delimiter, strict=True), strict=True):
        if len(cells) == width and not (foreign and foreign(line)):
            yield dict(zip(header, cells, strict=True))
        elif cells:
            yield _fit(header, cells, encoding)


@cache
def _begins_like_utf8() -> re.Pattern[str]:
    """Text out of GB18030 whose first character behind ASCII was two bytes that UTF-8 could begin with: few are."""
    pairs = (bytes((lead, trail)) for lead in range(0xC2, 0xF5) for trail in range(0x80, 0xC0))
    signs = "".join(pair.decode("gb18030", errors="ignore") for pair in pairs)
    return re.compile(f"[\x00-\x7f]*+[{re.escape(signs)}]")


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, errors="surrogateescape", newline="")


def _head(text: TextIO) -> tuple[list[str], str]:
    """Header and delimiter. Raises Invalid."""
    csv.field_size_limit(LONGEST_LINE)
    first = text.readline(LONGEST_LINE)
    delimiter = max("\t,;|", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    _check_header(header)
    return header, delimiter


_UNCLOSED = "a quotation mark is not closed"


def _torn(error: csv.Error) -> str:
    """What the reader of tables stumbled over, in a sentence of ours."""
    told = str(error)
    if told == _UNCLOSED or "end of data" in told:
        return gettext_noop("The row is not well-formed: a quotation mark is not closed within 100 lines.")
    if "limit" in told:
        return gettext_noop("The row is not well-formed: one of its values is longer than a million characters.")
    return gettext_noop(
        "The row is not well-formed: a quotation mark stands where none can be. Within a value write it twice."
    )


def _place(error: ValueError) -> int:
    return error.colno if isinstance(error, json.JSONDecodeError) else 1


class _Lines:
    """The lines of a table; those of a row that came to nothing can be read again."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise csv.Error(_UNCLOSED)
        line = self._again.pop() if self._again else next(self._text)
        self.taken.append(line)
        return line

    def plain(self) -> list[str]:
        """The next some hundred lines, if each is a row by itself and all of it is text; else none, and they come one by one."""
        if self._again:
            return []
        lines = self._text.readlines(_SOME)
        whole = "".join(lines)
        if '"' in whole or "'" in whole or len(whole) > LONGEST_LINE or not _is_clean(whole):
            self._again += reversed(lines)
            return []
        return lines

    def without_the_first(self) -> _Lines:
        self._again += reversed(self.taken[1:])
        self.taken.clear()
        return self


def _check_header(header: list[str]) -> None:
    if not any(name.strip() for name in header):
        raise Unreadable(gettext_noop("The file is empty, or its first line names no columns."))
    if len(header) > MOST_COLUMNS:
        raise Unreadable(gettext_noop("The file has more than 500 columns. Keep those that speak of customers."))
    if twice := [name for name, count in Counter(filter(str.strip, header)).items() if count > 1]:
        raise Unreadable(gettext_noop("The column %(name)s stands twice. Give each a name of its own."), name=twice[0])


def _fit(header: list[str], cells: list[str], encoding: str = "") -> Cells | Broken:
    if len(cells) != len(header):
        names = [*header, *(f"+{more}" for more in range(1, 1 + len(cells) - len(header)))]
        return Broken(
            gettext_noop("The row has %(values)s values, the header names %(columns)s columns."),
            dict(zip(names, cells, strict=False)), values=len(cells), columns=len(header),
        )  # fmt: skip
    row = dict(zip(header, cells, strict=True))
    whole = "".join(cells)
    if not _is_clean(whole):  # one look at the whole row: most are
        return _what_is_wrong(row)
    if encoding == "gb18030" and not whole.isascii() and _is_utf8(whole):
        return Broken(gettext_noop("The row is written in UTF-8, the file in GB18030."), row)
    return {name: as_meant(value) for name, value in row.items()} if "'" in whole else row


def _is_clean(text: str) -> bool:
    """Whether all of it can be text: what UTF-8 cannot write is what no decoder could make a character of."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _is_utf8(text: str) -> bool:
    """Whether what was read as GB18030 is Chinese in UTF-8: nearly any bytes are letters in GB18030, if not the right ones."""
    try:
        meant = text.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return False
    return any("\u4e00" <= sign <= "\u9fff" for sign in meant)


def _what_is_wrong(row: Cells) -> Broken:
    column = next(name for name, value in row.items() if _UNREADABLE.search(value))
    name = _UNREADABLE.sub(_escaped, column)
    if "\x00" in row[column]:
        return Broken(gettext_noop("The column “%(column)s” holds a zero byte."), row, column=name)
    why = gettext_noop("The column “%(column)s” holds bytes that are not text in the encoding of this file.")
    return Broken(why, row, column=name)


def _ndjson(path: Path, encoding: str) -> Iterator[Cells | Broken]:
    with path.open(encoding=encoding, errors="surrogateescape") as text:
        for line in text:
            if not line.strip():
                continue
            try:
                row = json.loads(line) if len(line) <= LONGEST_LINE else None
            except ValueError as error:
                yield Broken(
                    gettext_noop("The line is not JSON from sign %(place)s on."),
                    {AS_IT_STOOD: line},
                    place=_place(error),
                )
                continue
            if not isinstance(row, dict):
                why = gettext_noop("The line is no JSON object, or longer than a million characters.")
                yield Broken(why, {AS_IT_STOOD: line[:LONGEST_LINE]})
                continue
            cells = {str(name): _plain(value) for name, value in row.items()}
            yield _fit(list(cells), list(cells.values()), encoding)


def _sheet(path: Path) -> Iterator[Cells | Broken]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise Unavailable(_("XLSX needs the analytics packages: install requirements/analytics.txt.")) from None
    _check_zip(path)
    book = load_workbook(path, read_only=True)  # formulas stay the text they are: nothing here computes
    try:
        lines = book.worksheets[0].iter_rows(values_only=True)
        header = [_plain(value) for value in next(lines, ())]
        _check_header(header)
        for line in lines:
            cells = [_plain(value) for value in line]
            if any(cells):
                yield _fit(header, cells + [""] * (len(header) - len(cells)))
    finally:
        book.close()


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        raise Unreadable(gettext_noop("This is no XLSX file. Save it again from the spreadsheet, or as CSV.")) from None
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(path.stat().st_size, 1):
        raise Unreadable(gettext_noop("This sheet unpacks to far more than it should. Save it as CSV."))


def _parquet_file(path: Path) -> Any:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError:
        raise Unavailable(_("Parquet needs the analytics packages: install requirements/analytics.txt.")) from None
    try:
        return parquet.ParquetFile(path)
    except ArrowInvalid:
        raise Unreadable(gettext_noop("This is no Parquet file.")) from None


def _parquet(path: Path) -> Iterator[Cells | Broken]:
    table = _parquet_file(path)
    _check_header(list(table.schema_arrow.names))
    for batch in table.iter_batches(batch_size=5_000):
        for row in batch.to_pylist():
            cells = {name: _plain(value) for name, value in row.items()}
            yield _fit(list(cells), list(cells.values()))


def _plain(value: Any) -> str:
    """A cell as text: whole numbers without a point (a telephone number is no 1.3e10), nothing as ""."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if isinstance(value, str) else str(value)
