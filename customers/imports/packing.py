"""Packed text files: .gz, and .zip with one file in it, unpacked by stream with a guard against bombs."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from django.conf import settings

from callcenter.foundation.ids import uuid7
from customers.imports.readers import MOST_RATIO, MOST_UNPACKED, Unreadable
from customers.imports.refusals import gettext_noop

SUFFIXES = frozenset({".gz", ".zip"})
TEXTS = frozenset({".csv", ".tsv", ".txt", ".ndjson", ".jsonl"})
_FREE = 4_000_000  # bytes that any packed file may come to: a small file of zeros is no bomb
_BLOCK = 1 << 20
_BOMB = gettext_noop("This file unpacks to far more than it should. Send it unpacked, or in parts.")
_BROKEN = gettext_noop("This packed file is damaged, or is no .gz or .zip file.")
_WHAT = gettext_noop("Only CSV, TSV and NDJSON files may be packed; “%(name)s” is none.")
_ONE = gettext_noop("The .zip file holds %(files)s files; send one with a single file in it.")
_LOCKED = gettext_noop("The .zip file asks for a password. Send it without one.")


def plain(path: Path, *, name: str = "") -> Path:
    """The file itself, or what is packed in it, in a file of our own. `name` is what it was called. Raises Unreadable."""
    if path.suffix.lower() not in SUFFIXES:
        return path
    told = name or path.name
    try:
        with _opened(path, told) as (inner, packed):
            return _unpacked(packed, _suffix(inner), most=max(MOST_RATIO * path.stat().st_size, _FREE))
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, NotImplementedError):
        raise Unreadable(_BROKEN) from None


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


@contextmanager
def _opened(path: Path, name: str) -> Iterator[tuple[str, _Bytes]]:
    """The name of what is packed, and its bytes."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as packed:
            yield name[: -len(".gz")], packed
        return
    with zipfile.ZipFile(path) as archive:
        parts = [one for one in archive.infolist() if not one.is_dir() and not _is_litter(one.filename)]
        if len(parts) != 1:
            raise Unreadable(_ONE, files=len(parts))
        if parts[0].flag_bits & 1:
            raise Unreadable(_LOCKED)
        with archive.open(parts[0]) as packed:
            yield parts[0].filename, packed


def _is_litter(name: str) -> bool:
    """What a desktop adds by itself."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in TEXTS:
        raise Unreadable(_WHAT, name=PurePosixPath(name).name[:80])
    return suffix


def _unpacked(packed: _Bytes, suffix: str, *, most: int) -> Path:
    """Written block by block: what a header promises decides nothing, what comes out does."""
    folder: Path = settings.VAR_DIR / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{uuid7()}{suffix}"
    size = 0
    try:
        with target.open("xb") as out:
            while block := packed.read(_BLOCK):
                size += len(block)
                if size > min(most, MOST_UNPACKED):
                    raise Unreadable(_BOMB)
                out.write(block)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target
