"""Calls out of a file, for circles: the last ninety days, without hotlines. Nothing of it is kept."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid
from customers.circles.renumbering import Talk
from customers.identity.normalise import normalise

LOOKED_BACK = timedelta(days=90)
COLUMNS = ("from", "to", "at")
# Numbers of houses, not of people: 400, 800 and 95 numbers, and whatever is too short to be anybody's own.
_HOTLINE = re.compile(r"\+86(?:400\d{7}|800\d{7}|9[56]\d{3,8})|\+?\d{1,7}")


def read(path: Path, now: datetime) -> tuple[list[Talk], int]:
    """The talks, days before `now` counted downwards, and how many rows told none. Raises Invalid for another file."""
    refused = 0
    talks: list[Talk] = []
    for one in _rows(path, now):
        if one is None:
            refused += 1
        else:
            talks.append(one)
    return talks, refused


def _rows(path: Path, now: datetime) -> Iterator[Talk | None]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
        if not set(COLUMNS) <= set(names):
            raise Invalid(_("A file of calls has the columns from, to and at."), field="/file")
        for row in rows:
            a, b = (normalise(kind="phone", value=row[names[end]] or "") for end in ("from", "to"))
            try:
                at = datetime.fromisoformat((row[names["at"]] or "").strip())
            except ValueError:
                at = None
            if not a or not b or at is None:
                yield None
                continue
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            if now - LOOKED_BACK < at <= now and not _HOTLINE.fullmatch(a) and not _HOTLINE.fullmatch(b):
                yield Talk(a=a, b=b, at=(at - now).total_seconds() / 86_400)
