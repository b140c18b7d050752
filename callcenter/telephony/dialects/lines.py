"""How each trunk's callers are met, as every request needs it: read once in a while, kept while the database is away."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Principal
from callcenter.telephony.dialects import sealing
from callcenter.telephony.dialects.models import LineSecret, VoiceLine
from callcenter.telephony.models import Trunk

_KNOWN_FOR_S = 5.0
_MOST_KNOWN = 1_000


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """One trunk and how its callers are met."""

    trunk: str
    group: str
    domain: str
    dialect: str
    menus: bool
    flow: str
    queue: str
    language: str  # zh | en
    music_url: str
    fallback_number: str
    secrets: tuple[str, ...]  # those its platform may sign with now
    is_watched: bool = False  # somebody looks at its requests

    @property
    def principal(self) -> Principal:
        """Who acts when the platform itself is known by its signature."""
        return Principal(name=f"trunk:{self.trunk}", domain=self.domain, trunk=self.trunk)


_known: dict[str, tuple[float, LineFacts | None]] = {}


def watch(*, trunk: str, now: datetime, seconds: float) -> None:
    """Have every request to this trunk's hooks written down for a while."""
    Trunk.objects.filter(key=trunk).update(watched_until=now + timedelta(seconds=seconds))


def forget() -> None:
    """Read every line afresh from here on."""
    _known.clear()


def line(*, trunk: str) -> LineFacts | None:
    """The line of a trunk; None if there is none. What was read last counts while the database is away.

    Raises OperationalError where the database is away and this process never read the line.
    """
    at, found = _known.get(trunk, (float("-inf"), None))
    if time.monotonic() - at < _KNOWN_FOR_S:
        return found
    try:
        fresh = _read(trunk)
    except (OperationalError, InterfaceError):
        if trunk in _known:
            return found
        raise
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[trunk] = (time.monotonic(), fresh)
    return fresh


def _read(key: str) -> LineFacts | None:
    row = Trunk.objects.filter(key=key).select_related("voice").first()
    if row is None:
        return None
    voice = getattr(row, "voice", None) or VoiceLine()
    return LineFacts(
        is_watched=row.watched_until is not None and row.watched_until > db_now(),
        trunk=row.key,
        group=row.group,
        domain=row.domain,
        dialect=row.dialect,
        menus=voice.menus,
        flow=voice.flow,
        queue=voice.queue,
        language=voice.language,
        music_url=voice.music_url,
        fallback_number=voice.fallback_number,
        secrets=tuple(text for text in map(sealing.unseal, _sealed(row)) if text),
    )


def _sealed(trunk: Trunk) -> list[str]:
    now = db_now()
    rows = LineSecret.objects.filter(trunk=trunk).order_by("-id")
    return [row.sealed for row in rows if row.expires_at is None or row.expires_at > now]
