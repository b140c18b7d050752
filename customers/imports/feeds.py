"""Files that come by themselves: a watched folder, and tables of other databases read by a query.

Both make a file and a job of it, so that resuming, refused rows and provenance are those of any import.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from callcenter.foundation import background
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.ids import uuid7
from customers.imports import gates, operations, packing, pulling, queries, readers
from customers.imports.feed_models import Feed as SetFeed
from customers.imports.models import ImportJob
from customers.imports.pulling import PULL_ACTOR, Pull, Unreachable

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=30)  # a file that changed since is still being written
FOLDER_ACTOR = "folder"
_DONE, _REFUSED, _HELD = "done", "refused", "held"
HELD_BACK = gettext_noop("This delivery is unlike those before: somebody must let it in on the page Imports.")


class Missing(Invalid):
    """A folder that is not there; sentence and facts apart, for whoever reads it later in another language."""

    plain = gettext_noop("There is no folder %(folder)s below the one that is watched.")

    def __init__(self, folder: str) -> None:
        self.places = {"folder": folder}
        super().__init__(_(self.plain) % self.places, field="/folder")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one file of the watched folder, or of one pull."""

    source: str
    name: str
    job: ImportJob | None
    sentence: str = ""  # why there is no job
    plain: str = ""  # the same in English, with places
    facts: Mapping[str, object] = made_by(default_factory=dict)  # what stands in them


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
        Feed(
            source=source,
            kind=PULL_ACTOR,
            place=pulling.place(each["url"]),
            waiting=0,
            last=_newest(source, PULL_ACTOR),
        )
        for source, each in settings.IMPORT_PULLS.items()
    ]
    folder: Path | None = settings.IMPORT_FOLDER
    if folder is None:
        return found
    known = (
        ImportJob.objects.filter(actor=FOLDER_ACTOR, feed=None).order_by().values_list("source", flat=True).distinct()
    )
    seen = {each.name for each in folder.iterdir() if each.is_dir()} if folder.is_dir() else set()
    return found + [
        Feed(
            source=source, kind=FOLDER_ACTOR, place=str(folder / source), waiting=_lying(folder / source),
            last=_newest(source, FOLDER_ACTOR),
        )
        for source in sorted(seen | set(known))
    ]  # fmt: skip


def _newest(source: str, actor: str) -> ImportJob | None:
    return ImportJob.objects.filter(source=source, actor=actor, feed=None).order_by("-pk").first()


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
        found += [] if sources else [one for feed in due(now) for one in _looked(feed, now)]
        for source in sources or sorted(settings.IMPORT_PULLS):
            try:
                found.append(_told(pull(source=source, now=now)))
            except Refused as refusal:  # one source that is down must not keep the others waiting
                logger.warning("pull_refused", extra={"source": source, "why": refusal.sentence})
                _say_on_the_page(source, f"pull {source}", PULL_ACTOR, refusal, now)
                found.append(Delivery(source=source, name=f"pull {source}", job=None, sentence=refusal.sentence))
        return found


def _told(job: ImportJob) -> Delivery:
    sentence = _(HELD_BACK) if job.state == ImportJob.State.HELD else queries.refusal(job)
    return Delivery(source=job.source, name=job.name, job=job, sentence=sentence)


def watch(*, folder: Path, now: datetime) -> list[Delivery]:
    """Import what lies in `folder/<source>/`; done files move to `done/`, files that make no sense to `refused/`.

    Refused rows stand beside the done file as `<name>.errors.csv`, to be corrected and put back. Names that begin with a
    dot and files still being written are left alone.
    """
    governed = set(SetFeed.objects.filter(way=SetFeed.Way.FOLDER).values_list("folder", flat=True))
    places = sorted(each for each in folder.iterdir() if each.is_dir() and each.name not in governed)
    return [_delivered(path, place.name, now) for place in places for path in lying(place, now)]


def lying(place: Path, now: datetime) -> list[Path]:
    """Files of a folder that may be taken, those first whose names come first."""
    return [path for path in sorted(place.iterdir()) if _may_be_taken(path) and _is_quiet(path, now)]


def due(now: datetime) -> list[SetFeed]:
    """What was set on the page and is to be looked for by now."""
    on = SetFeed.objects.filter(is_on=True).order_by("pk")
    return [one for one in on if one.last_at is None or one.last_at + timedelta(minutes=one.every_minutes) <= now]


def look(*, feed_id: int, now: datetime) -> list[Delivery]:
    """Look for one of them now, whether it is due or not; the minute's own look waits meanwhile, or is at it already."""
    with background.alone("imports:fetch") as is_mine:
        feed = SetFeed.objects.filter(pk=feed_id).first()
        return _looked(feed, now) if is_mine and feed is not None else []


def _looked(feed: SetFeed, now: datetime) -> list[Delivery]:
    """What came, and how it went: that stands with the feed."""
    found: list[Delivery] = []
    outcome, sentence = SetFeed.Outcome.NOTHING, ""
    facts: Mapping[str, object] = {}
    try:
        if feed.way == SetFeed.Way.FOLDER:
            found = [_delivered(path, feed.source, now, feed) for path in lying(folder_of(feed.folder), now)]
        else:
            job = pulling.pull(pulling.of_feed(feed), now=now)
            found = [_told(job)] if job.checkpoint or job.state != ImportJob.State.DONE else []
    except Refused as refusal:
        logger.warning("feed_refused", extra={"feed": feed.name, "why": refusal.sentence})
        sentence, facts = _plain(refusal)
        outcome = SetFeed.Outcome.FAILED
        found = [Delivery(source=feed.source, name=feed.name, job=None, sentence=refusal.sentence)]
    else:
        if bad := next((one for one in found if one.job is None or one.job.state == ImportJob.State.FAILED), None):
            outcome = SetFeed.Outcome.FAILED
            sentence, facts = (bad.job.sentence, bad.job.facts) if bad.job else (bad.plain, bad.facts)
        elif found:
            held = any(one.job is not None and one.job.state == ImportJob.State.HELD for one in found)
            outcome = SetFeed.Outcome.HELD if held else SetFeed.Outcome.TAKEN
    SetFeed.objects.filter(pk=feed.pk).update(last_at=now, last_outcome=outcome, sentence=sentence[:300], facts=facts)
    return found


def folder_of(told: str) -> Path:
    """A folder below IMPORT_FOLDER. Raises Invalid for one outside, or that is not there."""
    root: Path | None = settings.IMPORT_FOLDER
    if root is None:
        raise Invalid(_("No folder is watched: the setting IMPORT_FOLDER names one."), field="/folder")
    place = (root / told).resolve()
    if not told or place == root.resolve() or not place.is_relative_to(root.resolve()):
        raise Invalid(_("Name a folder below the one that the setting IMPORT_FOLDER names."), field="/folder")
    if not place.is_dir():
        raise Missing(told)
    return place


def _is_quiet(path: Path, now: datetime) -> bool:
    changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return changed <= now - QUIET


def _delivered(path: Path, source: str, now: datetime, feed: SetFeed | None = None) -> Delivery:
    try:
        job = operations.prepare(
            path=path, source=source, actor=FOLDER_ACTOR, now=now, kind=feed.kind if feed else "",
            mapping=(feed.mapping or None) if feed else None, feed=feed.pk if feed else None,
        )  # fmt: skip
        if gates.hold(job, now=now):
            return _kept_back(path, source, job)
        job = operations.run(job_id=job.pk, now=now)
    except Refused as refusal:
        logger.warning("file_refused", extra={"source": source, "file_name": path.name, "why": refusal.sentence})
        _say_on_the_page(source, path.name, FOLDER_ACTOR, refusal, now)
        _put_away(path, _REFUSED)
        plain, facts = _plain(refusal)
        return Delivery(source=source, name=path.name, job=None, sentence=refusal.sentence, plain=plain, facts=facts)
    if job.path != str(path):
        queries.drop_file(job)
    kept = _put_away(path, _DONE if job.state == ImportJob.State.DONE else _REFUSED)
    if job.refused:
        errors = "".join(queries.errors_file(job_id=job.pk))
        kept.with_name(f"{kept.name}.errors.csv").write_text(errors, encoding="utf-8")
    return Delivery(source=source, name=path.name, job=job, sentence=queries.refusal(job))


def _say_on_the_page(source: str, name: str, actor: str, refusal: Refused, now: datetime) -> None:
    """A delivery that came to nothing stands among the imports; the same trouble, minute after minute, stands there once."""
    plain, facts = _plain(refusal)
    newest = ImportJob.objects.filter(source=source[:32], actor=actor).order_by("-pk").first()
    if newest is not None and (newest.name, newest.sentence) == (name[:200], plain[:300]):
        return
    ImportJob.objects.create(
        source=source[:32], name=name[:200], sha256="", actor=actor, at=now, finished_at=now, sentence=plain[:300],
        facts=facts, state=ImportJob.State.FAILED,
    )  # fmt: skip


def _plain(refusal: Refused) -> tuple[str, dict[str, object]]:
    """A refusal for whoever reads it later, in another language."""
    if isinstance(refusal, readers.Unreadable | operations.Unmapped | Unreachable | Missing):
        return refusal.plain, dict(refusal.places)
    return refusal.sentence, {}


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
    """Read a source's rows from its own database, as the settings describe it. Raises what `pulling.pull` raises, and Invalid."""
    described = settings.IMPORT_PULLS.get(source)
    if described is None:
        raise Invalid(_("IMPORT_PULLS describes no source %(name)s.") % {"name": source}, field="/source")
    return pulling.pull(
        Pull(
            source=source, url=described["url"], query=described["query"], mapping=described.get("mapping"),
            steps=described.get("steps", ()), kind=described.get("kind", ""),
        ),
        now=now,
    )  # fmt: skip
