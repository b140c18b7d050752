"""The ledger of erasures: ids only, in a file outside the database, for backups that know an erased person still."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings


def note(*, parts: Collection[UUID], at: datetime) -> None:
    """Add a line, on the disk before the erasure is committed: forgotten once too often is safe, once too seldom is not."""
    path: Path = settings.ERASURE_LEDGER
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": at.isoformat(), "customers": sorted(str(part) for part in parts)})
    with path.open("a", encoding="utf-8") as ledger:
        ledger.write(line + "\n")
        ledger.flush()
        os.fsync(ledger.fileno())


def noted() -> Iterator[UUID]:
    """Every id that was ever erased, the oldest first. Raises ValueError with the number of a line that is no entry."""
    path: Path = settings.ERASURE_LEDGER
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield from [UUID(part) for part in json.loads(line)["customers"]]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"Line {number} of {path} is no entry of the ledger.") from None
