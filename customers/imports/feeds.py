"""Files that come by themselves: a watched folder, and tables of other databases read by a query.

Both make a file and a job of it, so that resuming, refused rows and provenance are those of any import.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg.rows import dict_row

from callcenter.foundation import background
from callcenter.foundation.errors import Invalid, Refused, Unavailable
from callcenter.foundation.ids import uuid7
from customers.imports import gates, operations, packing, queries, readers
from customers.imports.models import ImportJob

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=30)  # a file that changed since is still being written
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PULL_ACTOR, FOLDER_ACTOR = "pull", "folder"
_DONE, _REFUSED, _HELD = "done", "refused", "held"
HELD_BACK = gettext_noop("This delivery is unlike those before: somebody must let it in on the page Imports.")
_WAITING = (ImportJob.State.HELD, ImportJob.State.PAUSED, ImportJob.State.READY)
_PIECE = 2_000  # rows fetched at a time


class Unreachable(Unavailable):
    """A source's database; sentence and facts apart, for whoever reads it later in another language."""

    plain = gettext_noop("The database of this source does not answer: %(why)s")

    def __init__(self, why: str) -> None:
        self.places = {"why": why}
        super().__init__(_(self.plain) % self.places)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one file of the watched folder, or of one pull."""

    source: str
    name: str
    job: ImportJob | None
    sentence: str = ""  # why there is no job


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A source that delivers by itself: `kind` is folder or pull, `place` the folder or host and database, without secrets."""

    source: str
    kind: str
    place: str
    waiting: int  # files that lie in the folder as seen from here
    last: ImportJob | None


def feeds() -> list[Feed]:
    """Every source of the watched folder and of the pulls, by name; with its newest delivery."""
    found = [
        Feed(source=source, kind=PULL_ACTOR, place=_place(each["url"]), waiting=0, last=_newest(source, PULL_ACTOR))
        for source, each in settings.IMPORT_PULLS.items()
    ]
    folder: Path | None = settings.IMPORT_FOLDER
    if folder is None:
        return found
    known = ImportJob.objects.filter(actor=FOLDER_ACTOR).order_by().values_list("source", flat=True).distinct()
    seen = {each.name for each in folder.iterdir() if each.is_dir()} if folder.is_dir() else set()
    return found + [
        Feed(
            source=source, kind=FOLDER_ACTOR, place=str(folder / source), waiting=_lying(folder / source),
            last=_newest(source, FOLDER_ACTOR),
        )
        for source in sorted(seen | set(known))
    ]  # fmt: skip


def _newest(source: str, actor: str) -> ImportJob | None:
    return ImportJob.objects.filter(source=source, actor=actor).order_by("-pk").first()


def _place(url: str) -> str:
    """Host and database of a connection, without its user and password."""
    told = psycopg.conninfo.conninfo_to_dict(url)
    return f"{told.get('host', 'localhost')}/{told.get('dbname', '')}"


def _lying(place: Path) -> int:
    return sum(_may_be_taken(path) for path in place.iterdir()) if place.is_dir() else 0


def _may_be_taken(path: Path) -> bool:
    return (
        path.is_file() and not path.name.startswith(".") and path.suffix.lower() in readers.SUFFIXES | packing.SUFFIXES
    )


def fetch(*, now: datetime, sources: Sequence[str] = ()) -> list[Delivery]:
    """Look into the watched folder and pull every described source, or only `sources`; one at a time on all servers."""
    with background.alone("imports:fetch") as is_mine:
        if not is_mine:
            return []
        folder: Path | None = settings.IMPORT_FOLDER
        found = watch(folder=folder, now=now) if folder and folder.is_dir() and not sources else []
        for source in sources or sorted(settings.IMPORT_PULLS):
            try:
                job = pull(source=source, now=now)
                sentence = _(HELD_BACK) if job.state == ImportJob.State.HELD else queries.refusal(job)
                found.append(Delivery(source=source, name=job.name, job=job, sentence=sentence))
            except Refused as refusal:  # one source that is down must not keep the others waiting
                logger.warning("pull_refused", extra={"source": source, "why": refusal.sentence})
                _say_on_the_page(source, f"pull {source}", PULL_ACTOR, refusal, now)
                found.append(Delivery(source=source, name=f"pull {source}", job=None, sentence=refusal.sentence))
        return found


def watch(*, folder: Path, now: datetime) -> list[Delivery]:
    """Import what lies in `folder/<source>/`; done files move to `done/`, files that make no sense to `refused/`.

    Refused rows stand beside the done file as `<name>.errors.csv`, to be corrected and put back. Names that begin with a
    dot and files still being written are left alone.
    """
    waiting = [
        path
        for place in sorted(each for each in folder.iterdir() if each.is_dir())
        for path in sorted(place.iterdir())
        if _may_be_taken(path) and _is_quiet(path, now)
    ]
    return [_delivered(path, path.parent.name, now) for path in waiting]


def _is_quiet(path: Path, now: datetime) -> bool:
    changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return changed <= now - QUIET


def _delivered(path: Path, source: str, now: datetime) -> Delivery:
    try:
        job = operations.prepare(path=path, source=source, actor=FOLDER_ACTOR, now=now)
        if gates.hold(job, now=now):
            return _kept_back(path, source, job)
        job = operations.run(job_id=job.pk, now=now)
    except Refused as refusal:
        logger.warning("file_refused", extra={"source": source, "file_name": path.name, "why": refusal.sentence})
        _say_on_the_page(source, path.name, FOLDER_ACTOR, refusal, now)
        _put_away(path, _REFUSED)
        return Delivery(source=source, name=path.name, job=None, sentence=refusal.sentence)
    if job.path != str(path):
        queries.drop_file(job)
    kept = _put_away(path, _DONE if job.state == ImportJob.State.DONE else _REFUSED)
    if job.refused:
        errors = "".join(queries.errors_file(job_id=job.pk))
        kept.with_name(f"{kept.name}.errors.csv").write_text(errors, encoding="utf-8")
    return Delivery(source=source, name=path.name, job=job, sentence=queries.refusal(job))


def _say_on_the_page(source: str, name: str, actor: str, refusal: Refused, now: datetime) -> None:
    """A delivery that came to nothing stands among the imports; the same trouble, minute after minute, stands there once."""
    plain, facts = (
        (refusal.plain, refusal.places)
        if isinstance(refusal, readers.Unreadable | Unreachable)
        else (refusal.sentence, {})
    )
    newest = ImportJob.objects.filter(source=source[:32], actor=actor).order_by("-pk").first()
    if newest is not None and (newest.name, newest.sentence) == (name[:200], plain[:300]):
        return
    ImportJob.objects.create(
        source=source[:32], name=name[:200], sha256="", actor=actor, at=now, finished_at=now, sentence=plain[:300],
        facts=facts, state=ImportJob.State.FAILED,
    )  # fmt: skip


def _kept_back(path: Path, source: str, job: ImportJob) -> Delivery:
    """Out of the folder, so that it is not found anew each minute, and where the job finds it once it is let in."""
    logger.warning("delivery_held", extra={"source": source, "file_name": path.name, "job": job.pk})
    aside = _put_away(path, _HELD)
    if job.path == str(path):  # what was packed lies elsewhere, and stays there
        ImportJob.objects.filter(pk=job.pk).update(path=str(aside))
    job.refresh_from_db()
    return Delivery(source=source, name=path.name, job=job, sentence=_(HELD_BACK))


def _put_away(path: Path, where: str) -> Path:
    """Beside the others of its kind; a name that is taken gets a number in front, and nothing is overwritten."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    if target.exists():
        target = folder / f"{uuid7().hex[:13]}-{path.name}"
    return path.rename(target)


def pull(*, source: str, now: datetime) -> ImportJob:
    """Read a source's rows from its own database and import them. `%(since)s` in its query is the last pull's start.

    The query runs in one read-only transaction and its rows stream into a file. Raises Invalid for a source that no
    setting describes, Unavailable where its database does not answer or does not take the query.
    """
    described = settings.IMPORT_PULLS.get(source)
    if described is None:
        raise Invalid(_("IMPORT_PULLS describes no source %(name)s.") % {"name": source}, field="/source")
    halfway = ImportJob.objects.filter(source=source, actor=PULL_ACTOR, state=ImportJob.State.RUNNING).first()
    if halfway is not None and Path(halfway.path).exists():
        return _run(halfway, now)
    waits = ImportJob.objects.filter(source=source, actor=PULL_ACTOR, state__in=_WAITING).first()
    if waits is not None:  # the next pull would bring the same again
        return waits
    operations.check_source(source)
    path = _fresh_file()
    try:
        if not _fetch(path, url=described["url"], query=described["query"], since=_since(source)):
            path.unlink()
            return _nothing_new(source, now)
        job = operations.prepare(
            path=path,
            source=source,
            actor=PULL_ACTOR,
            now=now,
            mapping=described.get("mapping"),
            steps=described.get("steps", ()),
            name=f"pull {source}",
        )
    except psycopg.Error as error:
        path.unlink(missing_ok=True)
        reason = str(error).strip().partition("\n")[0][:200]
        raise Unreachable(reason) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if gates.hold(job, now=now, whole="%(since)s" not in described["query"]):
        return job
    return _run(job, now)


def _run(job: ImportJob, now: datetime) -> ImportJob:
    path = Path(job.path)
    done = operations.run(job_id=job.pk, now=now)
    if done.state != ImportJob.State.PAUSED:
        path.unlink(missing_ok=True)
    return done


def _since(source: str) -> datetime:
    """When the last pull that went through had begun; what changed while it ran is read again, and is the same."""
    pulls = ImportJob.objects.filter(source=source, actor=PULL_ACTOR, state=ImportJob.State.DONE)
    return pulls.order_by("-at").values_list("at", flat=True).first() or EPOCH


def _nothing_new(source: str, now: datetime) -> ImportJob:
    """One row says that nothing came, however many minutes in a row: the list of imports is for what did."""
    newest = _newest(source, PULL_ACTOR)
    if newest is not None and (newest.state, newest.checkpoint) == (ImportJob.State.DONE, 0):
        newest.at = newest.finished_at = now
        newest.save(update_fields=["at", "finished_at"])
        return newest
    return ImportJob.objects.create(
        source=source, name=f"pull {source}", sha256="", actor=PULL_ACTOR, at=now, finished_at=now,
        state=ImportJob.State.DONE,
    )  # fmt: skip


def _fresh_file() -> Path:
    folder: Path = settings.VAR_DIR / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid7()}.ndjson"
    path.touch(mode=0o600)
    return path


def _fetch(path: Path, *, url: str, query: str, since: datetime) -> int:
    """How many rows were written. A named cursor streams them: memory stays flat whatever the query finds."""
    count = 0
    with psycopg.connect(url, connect_timeout=10) as database, path.open("w", encoding="utf-8") as out:
        database.read_only = True
        with database.cursor(name="pull", row_factory=dict_row) as cursor:
            cursor.itersize = _PIECE
            # the operator's own query, from the settings of this server
            cursor.execute(query.encode(), {"since": since} if "%(since)s" in query else None)
            for row in cursor:
                out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
                count += 1
    return count
