"""What a person does to an import: says what its columns mean, tries it, lets it in, holds it, stops it, takes it back.

| from               | act     | to        |
| uploaded           | start   | ready     |
| uploaded           | preview | uploaded  |
| held               | let in  | ready     |
| ready, running     | pause   | paused    |
| paused             | resume  | ready     |
| all but the ended  | cancel  | cancelled |
| done, failed       | undo    | undone    |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, NotFound
from callcenter.foundation.redaction import take_time
from customers.imports import facts, kinds, operations, readers
from customers.imports.models import ImportJob
from customers.imports.steps import kept
from customers.imports.undoing import NOTHING, TakenBack, hand_over, take_back
from customers.imports.versions import SavedMapping

UNDO_DAYS = 7
Steps = Sequence[Mapping[str, Any]]
State = ImportJob.State
OPEN = (State.UPLOADED, State.HELD, State.READY, State.RUNNING, State.PAUSED)


@command
def start(
    *, job_id: int, mapping: Mapping[str, str], actor: str, now: datetime, dry_run: bool = False, steps: Steps = (),
) -> ImportJob:  # fmt: skip
    """Say what the columns mean and let the file in, or with `dry_run` only judge it: then a job of its own is answered.

    The mapping is remembered for the next file of this source with these columns. The caller enqueues the answer.
    Raises Invalid for a mapping that makes no sense, Conflict for a job that does not wait for one.
    """
    job = _locked(job_id)
    _must_be(job, State.UPLOADED)
    header = readers.columns(Path(job.path), encoding=job.encoding)
    done = kept(operations.steps_of(steps))
    chosen = {column: field for column, field in mapping.items() if field}
    operations.check_mapping(chosen, operations.header_with(done, header), job.kind)
    remember(source=job.source, header=header, mapping=chosen, steps=done, actor=actor, now=now, kind=job.kind)
    job.mapping, job.steps = chosen, done
    job.save(update_fields=["mapping", "steps"])
    if dry_run:
        return ImportJob.objects.create(
            source=job.source, kind=job.kind, name=job.name, path=job.path, sha256=job.sha256, mapping=chosen, steps=done,
            dry_run=True, encoding=job.encoding, actor=actor, at=now, tries=job, rows_about=job.rows_about,
        )  # fmt: skip
    job.state = State.READY
    job.save(update_fields=["state"])
    return job


@command
def preview(*, job_id: int, mapping: Mapping[str, str], steps: Steps) -> None:
    """Keep what was said so far of the columns of a waiting file, so that its first rows can be looked at as it makes them.

    Raises Invalid for a step that cannot be done, Conflict for a job that does not wait.
    """
    job = _locked(job_id)
    _must_be(job, State.UPLOADED)
    done = kept(operations.steps_of(steps))
    header = operations.header_with(done, readers.columns(Path(job.path), encoding=job.encoding))
    proposed = kinds.proposed(job.kind, [name for name in header if name not in mapping])
    told = {column: field for column, field in mapping.items() if field and column in header}
    job.mapping = told | {column: field for column, field in proposed.items() if field not in told.values()}
    job.steps = done
    job.save(update_fields=["mapping", "steps"])


@command
def take_for(*, job_id: int, kind: str) -> None:
    """Say what the rows of a waiting file are; its columns are looked at anew. Raises Invalid and Conflict."""
    job = _locked(job_id)
    _must_be(job, State.UPLOADED)
    job.kind = kinds.check(kind)
    header = readers.columns(Path(job.path), encoding=job.encoding)
    kept = operations.recalled(source=job.source, header=header, kind=kind)
    job.steps = kept.steps if kept else []
    job.mapping = kept.mapping if kept else kinds.proposed(kind, header)
    job.save(update_fields=["kind", "mapping", "steps"])


def remember(
    *, source: str, header: list[str], mapping: Mapping[str, str], actor: str, now: datetime, steps: Steps = (),
    kind: str = kinds.PEOPLE,
) -> None:  # fmt: skip
    """Keep a mapping for the next file of this source with these columns."""
    SavedMapping.objects.update_or_create(
        source=source, fingerprint=operations.fingerprint(header),
        defaults={"kind": kind, "mapping": dict(mapping), "steps": [*steps], "actor": actor, "at": now},
    )  # fmt: skip


@command
def forget(*, mapping_id: int) -> None:
    """A remembered mapping is no longer recalled."""
    SavedMapping.objects.filter(pk=mapping_id).delete()


@command
def let_in(*, job_id: int, actor: str, now: datetime) -> ImportJob:
    """A held delivery is as it should be: it may run. The caller enqueues it. Raises Conflict where it is not held."""
    job = _locked(job_id)
    _must_be(job, State.HELD)
    job.state, job.let_in_by = State.READY, actor
    job.save(update_fields=["state", "let_in_by"])
    audit.write(actor=actor, action="import.let_in", subject=f"import:{job.pk}", data={"gates": job.gates}, now=now)
    return job


@command
def pause(*, job_id: int, actor: str, now: datetime) -> ImportJob:
    """No further chunk is begun. Raises Conflict for a job that does not run or wait to run."""
    return _moved(job_id, State.PAUSED, "import.paused", actor, now, State.READY, State.RUNNING)


@command
def resume(*, job_id: int, actor: str, now: datetime) -> ImportJob:
    """It goes on at its checkpoint; the caller enqueues it. Raises Conflict where it is not paused."""
    return _moved(job_id, State.READY, "import.resumed", actor, now, State.PAUSED)


@command
def cancel(*, job_id: int, actor: str, now: datetime) -> ImportJob:
    """It stops for good, and `undo` then takes back what it stored. Raises Conflict for a job that has ended."""
    job = _moved(job_id, State.CANCELLED, "import.cancelled", actor, now, *OPEN)
    job.finished_at = now
    job.save(update_fields=["finished_at"])
    return job


def undo(*, job_id: int, actor: str, now: datetime) -> TakenBack:
    """Take back what a job stored where nothing newer stands on it; answers what went and what could not.

    Where the same file came again later, what it stored stands as that import's from here on, and nothing goes.

    Raises Conflict for a job that still runs, wrote nothing, was taken back already or ended more than a week ago.
    """
    with transaction.atomic():
        take_time()  # a large import is not taken back within the time of a page's statements
        job = _locked(job_id)
        _may_undo(job, now)
        later = _same_again(job)
        if later is not None:
            (facts.hand_over if job.kind in kinds.FACTS else hand_over)(job_id=job.pk, to=later.pk)
            _count_as_its_own(later, job)
        taken = NOTHING if later else _taken_back(job)
        cancelled = job.state == State.CANCELLED
        job.state = State.CANCELLED if cancelled else State.UNDONE
        handed = {"handed_to": later.pk} if later else {}
        job.taken_back, job.taken_back_by, job.taken_back_at = taken._asdict() | handed, actor, now
        job.save(update_fields=["state", "taken_back", "taken_back_by", "taken_back_at"])
        audit.write(actor=actor, action="import.undone", subject=f"import:{job.pk}", data=dict(job.taken_back), now=now)
    return taken


def _taken_back(job: ImportJob) -> TakenBack:
    if job.kind in kinds.FACTS:
        return facts.take_back(job_id=job.pk, kind=kinds.FACTS[job.kind])
    return take_back(job_id=job.pk, source=job.source, begun_at=_begun(job))


def _same_again(job: ImportJob) -> ImportJob | None:
    """The next import of the very same file that is done and stands."""
    twin = ImportJob.objects.select_for_update().filter(
        source=job.source, kind=job.kind, sha256=job.sha256, pk__gt=job.pk, dry_run=False
    )
    whole = Q(same__gte=job.stored + job.updated)  # all of it was found there as this one had left it
    return twin.filter(whole, state=State.DONE, taken_back_at=None).exclude(sha256="").order_by("pk").first()


def _count_as_its_own(later: ImportJob, job: ImportJob) -> None:
    later.same -= job.stored + job.updated
    later.stored, later.updated = later.stored + job.stored, later.updated + job.updated
    later.save(update_fields=["same", "stored", "updated"])


def _begun(job: ImportJob) -> datetime:
    """When the first of those was begun whose rows stand as this one's."""
    handed = ImportJob.objects.filter(taken_back__handed_to=job.pk).order_by("at").first()
    return job.at if handed is None else _begun(handed)


@command
def ask_undo(*, job_id: int, actor: str, now: datetime) -> None:
    """A worker is to take a job back; the caller enqueues it. Raises Conflict where `undo` would, or it was asked before."""
    job = _locked(job_id)
    _may_undo(job, now)
    if job.is_being_taken_back:
        raise Conflict(_("This import is being taken back already."), code="import_moved_on", state=str(job.state))
    job.taken_back_by = actor
    job.save(update_fields=["taken_back_by"])


def may_undo(job: ImportJob, *, now: datetime) -> bool:
    """Whether the page offers it."""
    try:
        _may_undo(job, now)
    except Conflict:
        return False
    return not job.is_being_taken_back


def _may_undo(job: ImportJob, now: datetime) -> None:
    if job.taken_back_at is not None:
        raise Conflict(_("This import was taken back already."), code="import_undone")
    if job.state not in {State.DONE, State.FAILED, State.CANCELLED}:
        raise Conflict(_("Only an import that has ended can be taken back; cancel this one first."), code="import_runs")
    if job.dry_run or not job.stored + job.updated:
        raise Conflict(_("This import stored nothing that could be taken back."), code="import_empty")
    ended = job.finished_at or job.at
    if ended < now - timedelta(days=UNDO_DAYS):
        raise Conflict(
            _("An import can be taken back for %(days)s days; this one is older.") % {"days": UNDO_DAYS},
            code="import_too_old",
        )


def _moved(job_id: int, to: str, action: str, actor: str, now: datetime, *since: str) -> ImportJob:
    job = _locked(job_id)
    _must_be(job, *since)
    job.state = to
    job.save(update_fields=["state"])
    audit.write(actor=actor, action=action, subject=f"import:{job.pk}", data={"row": job.checkpoint}, now=now)
    return job


def _locked(job_id: int) -> ImportJob:
    job = ImportJob.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise NotFound(_("There is no such import."))
    return job


def _must_be(job: ImportJob, *states: str) -> None:
    if job.state not in states:
        raise Conflict(
            _("This import has moved on meanwhile: look at it again."), code="import_moved_on", state=str(job.state)
        )
