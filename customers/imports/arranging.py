"""What comes by itself, set on its page: kept, tried out with its first rows masked, put away; each on record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import psycopg
from django.utils.translation import gettext as _

from callcenter.foundation import audit, masks, sealing
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid, NotFound
from customers.imports import feeds, kinds, operations, packing, pulling, reaching, readers
from customers.imports.feed_models import Feed
from customers.imports.mapping import IDENTIFIERS

FIRST_ROWS = 5
LONGEST_PACE = 10_080  # minutes: a week
_LONGEST_QUERY = 10_000
_CLIPPED = 40
# What a connection may say: nothing that reads files of this machine or sends it elsewhere by a service's name.
_DSN = frozenset({"host", "port", "dbname", "user", "password", "sslmode", "connect_timeout", "application_name"})
_SHOWN = frozenset(
    {"region", "language", "title", "kind", "role", "birth", "observed_at", *kinds.field_names()}
    - {"note", "transaction_id"}
)  # fields whose values name nobody


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a feed shall be. An empty `dsn` leaves the one that is kept."""

    name: str
    way: str
    source: str
    kind: str = ""
    folder: str = ""
    dsn: str = ""
    query: str = ""
    mapping: Mapping[str, str]
    every_minutes: int = 60
    is_on: bool = True


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the first rows: what it is taken for ("" for nothing), and values of it, masked."""

    name: str
    field: str
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Look:
    """The first rows of a delivery as it would come now; `kind` is what they are taken for."""

    kind: str
    columns: tuple[Column, ...]


def wish_of(feed: Feed) -> Wish:
    """A feed as it is set now."""
    return Wish(
        name=feed.name, way=feed.way, source=feed.source, kind=feed.kind, folder=feed.folder, query=feed.query,
        mapping=feed.mapping, every_minutes=feed.every_minutes, is_on=feed.is_on,
    )  # fmt: skip


def find(*, feed_id: int) -> Feed:
    """Raises NotFound."""
    found = Feed.objects.filter(pk=feed_id).first()
    if found is None:
        raise NotFound(_("Nothing of that number comes by itself."))
    return found


@command
def keep(*, wish: Wish, actor: str, now: datetime, feed_id: int | None = None) -> Feed:
    """Set a feed, new or as it shall be from now on. Raises Invalid, NotFound."""
    feed = Feed() if feed_id is None else find(feed_id=feed_id)
    one = _checked(wish, feed)
    if Feed.objects.filter(name=one.name).exclude(pk=feed.pk).exists():
        raise Invalid(_("Another feed has this name."), field="/name")
    if one.way == Feed.Way.FOLDER and Feed.objects.filter(folder=one.folder).exclude(pk=feed.pk).exists():
        raise Invalid(_("Another feed watches this folder."), field="/folder")
    for field in ("name", "way", "source", "kind", "folder", "query", "every_minutes", "is_on"):
        setattr(feed, field, getattr(one, field))
    feed.mapping, feed.actor, feed.at = dict(one.mapping), actor, now
    if one.dsn:
        feed.dsn, feed.place = sealing.seal(one.dsn, context=pulling.SEALED_FOR), pulling.place(one.dsn)[:200]
    feed.save()
    told = {
        name: getattr(feed, name)
        for name in ("name", "way", "source", "kind", "folder", "place", "every_minutes", "is_on")
    }
    audit.write(actor=actor, action="feed.set", subject=f"feed:{feed.pk}", data=told, now=now)
    return feed


@command
def remove(*, feed_id: int, actor: str, now: datetime) -> None:
    """It is looked for no more; what it brought stays. Raises NotFound."""
    feed = find(feed_id=feed_id)
    audit.write(actor=actor, action="feed.removed", subject=f"feed:{feed.pk}", data={"name": feed.name}, now=now)
    feed.delete()


def look(*, wish: Wish, actor: str, now: datetime, feed_id: int | None = None) -> Look:
    """Its first rows as they would come now, masked; nothing is stored. Raises Invalid, Unavailable, NotFound."""
    feed = Feed() if feed_id is None else find(feed_id=feed_id)
    one = _checked(replace(wish, mapping={}), feed)
    if one.way == Feed.Way.FOLDER:
        rows = _lying(feeds.folder_of(one.folder), now)
    else:
        url = one.dsn or sealing.unseal(feed.dsn, context=pulling.SEALED_FOR)
        rows = pulling.first_rows(pulling.Pull(source=one.source, url=url, query=one.query), most=FIRST_ROWS)
        audit.write(
            actor=actor,
            action="feed.tried",
            subject=f"source:{one.source}",
            data={"place": pulling.place(url)},
            now=now,
        )
    if not rows:
        raise Invalid(_("Nothing has come yet that could be looked at."), field="/way")
    header = list(rows[0])
    kept = operations.recalled(source=one.source, header=header, kind=one.kind)
    kind = one.kind or (kept.kind if kept else kinds.guessed(header))
    known = set(kinds.fields(kind))
    told = {column: field for column, field in wish.mapping.items() if field in known}
    mapping = told or (kept.mapping if kept else kinds.proposed(kind, header))
    return Look(kind=kind, columns=tuple(
        Column(name=name, field=mapping.get(name, ""),
               examples=tuple(masked(mapping.get(name, ""), row.get(name, "")) for row in rows))
        for name in header
    ))  # fmt: skip


def masked(field: str, text: str) -> str:
    """A value as it may be looked at by who only sets how it comes; of what nobody has named, nothing but its end."""
    if not text:
        return ""
    if field in IDENTIFIERS:
        return masks.identifier(kind=field, value=text)
    if field == "name":
        return masks.person(text)
    told = text if field in _SHOWN else masks.other(text)
    return told if len(told) <= _CLIPPED else f"{told[:_CLIPPED]}…"


def _lying(place: Path, now: datetime) -> list[dict[str, str]]:
    """Rows of the first file that waits there, else of the newest one that was taken."""
    done = place / "done"
    taken = sorted(done.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True) if done.is_dir() else []
    paths = [*feeds.lying(place, now), *(one for one in taken if not one.name.endswith(".errors.csv"))]
    if not paths:
        return []
    path = packing.plain(paths[0])
    try:
        encoding = readers.encoding_of(path) if path.suffix.lower() not in {".xlsx", ".parquet"} else ""
        whole = (row for row in readers.rows(path, encoding=encoding) if isinstance(row, dict))
        return list(islice(whole, FIRST_ROWS))
    finally:
        if path != paths[0]:
            path.unlink(missing_ok=True)


def _checked(wish: Wish, feed: Feed) -> Wish:
    """Raises Invalid."""
    one = replace(
        wish, name=wish.name.strip(), folder=wish.folder.strip().strip("/"), query=wish.query.strip().rstrip(";")
    )
    if not 1 <= len(one.name) <= 80:
        raise Invalid(_("A feed has a name of 1 to 80 characters."), field="/name")
    operations.check_source(one.source)
    if one.kind:
        kinds.check(one.kind)
    if not 1 <= one.every_minutes <= LONGEST_PACE:
        raise Invalid(
            _("It is looked for every 1 to %(most)s minutes.") % {"most": LONGEST_PACE}, field="/every_minutes"
        )
    if one.mapping:
        operations.check_mapping(one.mapping, list(one.mapping), one.kind or kinds.PEOPLE)
    if one.way == Feed.Way.FOLDER:
        feeds.folder_of(one.folder)
        return replace(one, dsn="", query="")
    if one.way != Feed.Way.PULL:
        raise Invalid(_("It comes from a folder or by a query."), field="/way")
    _check_dsn(one.dsn, kept=bool(feed.dsn))
    _check_query(one.query)
    return replace(one, folder="")


def _check_dsn(dsn: str, *, kept: bool) -> None:
    if not dsn and kept:
        return
    try:
        told = psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        told = {}
    if not {"host", "dbname", "user"} <= set(told):
        raise Invalid(_("Write the connection as postgresql://reader:password@host/database."), field="/dsn")
    if strange := set(told) - _DSN:
        raise Invalid(
            _("A connection may not say %(names)s here.") % {"names": ", ".join(sorted(strange))}, field="/dsn"
        )
    reaching.judged(dsn)


def _check_query(query: str) -> None:
    if not re.match(r"(?is)(select|with)\b", query) or len(query) > _LONGEST_QUERY:
        raise Invalid(_("The query begins with SELECT or WITH and has at most 10,000 characters."), field="/query")
    if ";" in query:
        raise Invalid(_("Give one query, without a semicolon in it."), field="/query")
