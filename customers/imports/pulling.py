"""Rows out of other databases: one query in one read-only transaction, streamed into a file, and that imported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg.rows import dict_row

from callcenter.foundation import sealing
from callcenter.foundation.errors import Invalid, Unavailable
from callcenter.foundation.ids import uuid7
from customers.imports import gates, operations, reaching
from customers.imports.feed_models import Feed
from customers.imports.models import ImportJob

PULL_ACTOR = "pull"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEALED_FOR = "feed"  # what the connection of a feed is sealed for
SINCE = "%(since)s"
_WAITING = (ImportJob.State.HELD, ImportJob.State.PAUSED, ImportJob.State.READY)
_PIECE = 2_000  # rows fetched at a time
_LOOK_MS = 10_000  # how long a first look may take


class Unreachable(Unavailable):
    """A source's database; sentence and facts apart, for whoever reads it later in another language."""

    plain = gettext_noop("The database of this source does not answer: %(why)s")

    def __init__(self, why: str) -> None:
        self.places = {"why": why}
        super().__init__(_(self.plain) % self.places)


@dataclass(frozen=True, kw_only=True)
class Pull:
    """One query of one database, by the settings or by a feed. `mapping` None: as remembered, or as its columns say."""

    source: str
    url: str
    query: str
    mapping: dict[str, str] | None = None
    steps: Sequence[Mapping[str, Any]] = ()
    kind: str = ""
    feed: int | None = None


def of_feed(feed: Feed) -> Pull:
    """As somebody set it on its page. Raises Invalid where its connection was sealed under a key that is gone."""
    url = sealing.unseal(feed.dsn, context=SEALED_FOR)
    if not url:
        raise Invalid(_("The connection was sealed under a key that is gone: give it anew."), field="/dsn")
    return Pull(
        source=feed.source, url=url, query=feed.query, mapping=feed.mapping or None, kind=feed.kind, feed=feed.pk
    )


def place(url: str) -> str:
    """Host and database of a connection, without its user and password."""
    told = psycopg.conninfo.conninfo_to_dict(url)
    return f"{told.get('host', 'localhost')}/{told.get('dbname', '')}"


def pull(one: Pull, *, now: datetime) -> ImportJob:
    """Read a source's rows from its own database and import them. `%(since)s` in its query is the last pull's start.

    The query runs in one read-only transaction and its rows stream into a file. Raises Unavailable where its database
    does not answer or does not take the query, and what `operations.prepare` raises.
    """
    halfway = _jobs(one).filter(state=ImportJob.State.RUNNING).first()
    if halfway is not None and Path(halfway.path).exists():
        return _run(halfway, now)
    waits = _jobs(one).filter(state__in=_WAITING).first()
    if waits is not None:  # the next pull would bring the same again
        return waits
    operations.check_source(one.source)
    path = fresh_file()
    try:
        if not _fetch(path, one):
            path.unlink()
            return _nothing_new(one, now)
        job = operations.prepare(
            path=path, source=one.source, actor=PULL_ACTOR, now=now, mapping=one.mapping, steps=one.steps, kind=one.kind,
            name=f"pull {one.source}", feed=one.feed,
        )  # fmt: skip
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if gates.hold(job, now=now, whole=SINCE not in one.query):
        return job
    return _run(job, now)


def first_rows(one: Pull, *, most: int) -> list[dict[str, str]]:
    """The first rows of a query as a file of them would tell them. Raises Unavailable, within seconds."""
    with _rows(one, since=EPOCH, longest_ms=_LOOK_MS) as rows:
        return [{name: _cell(value) for name, value in row.items()} for row in islice(rows, most)]


def _cell(value: Any) -> str:
    return (
        ""
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str).strip('"')
    )


def _jobs(one: Pull) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(source=one.source, actor=PULL_ACTOR, feed=one.feed)


def _run(job: ImportJob, now: datetime) -> ImportJob:
    path = Path(job.path)
    done = operations.run(job_id=job.pk, now=now)
    if done.state != ImportJob.State.PAUSED:
        path.unlink(missing_ok=True)
    return done


def _since(one: Pull) -> datetime:
    """When the last pull that went through had begun; what changed while it ran is read again, and is the same."""
    pulls = _jobs(one).filter(state=ImportJob.State.DONE)
    return pulls.order_by("-at").values_list("at", flat=True).first() or EPOCH


def _nothing_new(one: Pull, now: datetime) -> ImportJob:
    """One row says that nothing came, however many minutes in a row: the list of imports is for what did."""
    newest = _jobs(one).order_by("-pk").first()
    if newest is not None and (newest.state, newest.checkpoint) == (ImportJob.State.DONE, 0):
        newest.at = newest.finished_at = now
        newest.save(update_fields=["at", "finished_at"])
        return newest
    return ImportJob.objects.create(
        source=one.source, name=f"pull {one.source}", sha256="", actor=PULL_ACTOR, at=now, finished_at=now,
        state=ImportJob.State.DONE, feed_id=one.feed,
    )  # fmt: skip


def fresh_file() -> Path:
    """A place for rows that come without a file of their own; nobody else may read it."""
    folder: Path = settings.VAR_DIR / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid7()}.ndjson"
    path.touch(mode=0o600)
    return path


def _fetch(path: Path, one: Pull) -> int:
    """How many rows were written. A named cursor streams them: memory stays flat whatever the query finds."""
    count = 0
    with _rows(one, since=_since(one)) as rows, path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            count += 1
    return count


@contextmanager
def _rows(one: Pull, *, since: datetime, longest_ms: int = 0) -> Iterator[Iterator[dict[str, Any]]]:
    """The query under way. Raises Unreachable for whatever its database says against it, Invalid for where it may not go."""
    is_of_a_page = one.feed is not None or bool(longest_ms)
    url = reaching.judged(one.url) if is_of_a_page else one.url
    try:
        with psycopg.connect(url, connect_timeout=10) as database:
            database.read_only = True
            if longest_ms:
                database.execute("SELECT set_config('statement_timeout', %s, true)", [str(longest_ms)])
            if is_of_a_page:
                _not_our_own(database)
            with database.cursor(name="pull", row_factory=dict_row) as cursor:
                cursor.itersize = _PIECE
                # the query of an operator's settings, or of a feed: read-only, with the rights of its own connection
                cursor.execute(one.query.encode(), {"since": since} if SINCE in one.query else None)
                yield iter(cursor)
    except psycopg.Error as error:
        raise Unreachable(str(error).strip().partition("\n")[0][:200]) from error


def _not_our_own(database: psycopg.Connection[Any]) -> None:
    """Whoever names a connection on a page must not read this product's own tables by it. Raises Invalid."""
    found = database.execute("SELECT to_regclass('customers_importjob') IS NOT NULL").fetchone()
    if found and found[0]:
        raise Invalid(_("This is the product's own database. Name the one of the source."), field="/dsn")
