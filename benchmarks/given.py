"""Files handed to a benchmark: any part of the same shape, gzipped or not; what cannot be read is said in a sentence."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, not_run


class Unusable(ValueError):
    """The file is not of the shape this benchmark reads; the sentence says where."""


def table(path: Path, *, needs: Iterable[str], delimiter: str = ",") -> list[dict[str, str]]:
    """All rows of a CSV file (`.gz` or plain) that has at least these columns. Raises Unusable."""
    if not path.is_file():
        raise Unusable(f"There is no file {path.name}.")
    raw = path.read_bytes()
    try:
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as why:
        raise Unusable(f"{path.name} is neither UTF-8 text nor a whole gzip file.") from why
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    missing = sorted(set(needs) - set(reader.fieldnames or ()))
    if missing:
        raise Unusable(f"{path.name} lacks the columns {', '.join(missing)} (separated by {delimiter!r}).")
    found = list(reader)
    if not found:
        raise Unusable(f"{path.name} has no rows.")
    for line, row in enumerate(found, start=2):
        if None in row or None in row.values():
            raise Unusable(f"{path.name}, line {line}: not as many fields as the first line names.")
    return found


def numbers(rows: Sequence[dict[str, str]], name: str) -> NDArray[np.float64]:
    """A column of figures. Raises Unusable with the line."""
    found = np.empty(len(rows))
    for place, row in enumerate(rows):
        try:
            found[place] = float(row[name])
        except ValueError:
            raise Unusable(f"Line {place + 2}: {name} is {row[name]!r}, no number.") from None
    return found


def one_of(rows: Sequence[dict[str, str]], name: str, words: Sequence[str]) -> NDArray[np.int64]:
    """A column of known words, as their places. Raises Unusable with the line."""
    for line, row in enumerate(rows, start=2):
        if row[name] not in words:
            raise Unusable(f"Line {line}: {name} is {row[name]!r}, none of {', '.join(words)}.")
    return np.array([words.index(row[name]) for row in rows], np.int64)


def figures(
    names: Sequence[str], path: str, hint: str, measure: Callable[[Path], Iterable[Figure]]
) -> Iterator[Figure]:
    """What a file gives; why nothing, where there is none or it is of no use."""
    if not path:
        yield from (not_run(name, hint) for name in names)
        return
    try:
        yield from list(measure(Path(path)))
    except Unusable as why:
        yield from (not_run(name, str(why)) for name in names)


def main(words: str, variable: str, measure: Callable[[Path], Iterable[Figure]]) -> None:
    """`python -m benchmarks.bench_… --data FILE`: the figures, or one sentence and exit code 2."""
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get(variable, ""), help=f"the file; {variable} names it too")
    asked = parser.parse_args()
    if not asked.data:
        parser.error(f"name a file by --data or {variable}")
    try:
        for figure in measure(Path(asked.data)):
            print(f"{figure.name} = {figure.value:.4g} {figure.unit}  ({figure.scale})")
    except Unusable as why:
        print(why, file=sys.stderr)
        sys.exit(2)
