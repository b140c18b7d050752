"""A delivery that comes by itself is looked through before a row of it is stored; what is unlike before waits for a person."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from callcenter.foundation import audit
from callcenter.foundation.errors import Refused
from customers.imports import profiling, readers
from customers.imports.models import ImportJob
from customers.imports.operations import profiled, row_reader
from customers.imports.profiling import Finding, Profile
from customers.imports.refusals import Wrong


def look_through(job: ImportJob, *, whole: bool = True) -> list[Finding]:
    """Every gate the job's file does not pass. The whole file is read, a sample of it understood; nothing is written.

    `whole` is False for deliveries that bring only what changed: their number of rows says nothing.
    """
    rows = refused = sampled = 0
    profile: Profile = {}
    reader, fields = row_reader(job), profiled(job)
    for number, cells in enumerate(readers.rows(Path(job.path), encoding=job.encoding), start=1):
        rows = number
        if not profiling.is_sampled(number):
            continue
        sampled += 1
        try:
            if isinstance(cells, readers.Broken):
                raise Wrong("", cells.sentence, **cells.facts)
            profiling.add(profile, fields, json.loads(reader.read(number=number, cells=cells).fields))
        except Wrong:
            refused += 1
    before = last_delivery(job.source, job.kind)
    return profiling.findings(
        rows=rows, refused=refused, sampled=sampled, profile=profile,
        rows_before=before.checkpoint if before and whole else None, profile_before=before.profile if before else {},
    )  # fmt: skip


def last_delivery(source: str, kind: str) -> ImportJob | None:
    """The newest whole file of a source and kind that went in, corrections of refused rows left out."""
    done = ImportJob.objects.filter(
        source=source, kind=kind, state=ImportJob.State.DONE, dry_run=False, checkpoint__gt=0
    )
    return done.exclude(profile={}).order_by("-pk").first()


def hold(job: ImportJob, *, now: datetime, whole: bool = True) -> bool:
    """Whether the delivery must wait for a person; then it says why, and nothing of it is stored."""
    if job.let_in_by or job.checkpoint:
        return False
    found = look_through(job, whole=whole)
    if not found:
        return False
    job.gates = [one.as_json() for one in found]
    begun = ImportJob.objects.filter(pk=job.pk, state__in=[ImportJob.State.READY, ImportJob.State.RUNNING])
    if not begun.update(state=ImportJob.State.HELD, gates=job.gates):  # somebody paused or cancelled it meanwhile
        return True
    job.state = ImportJob.State.HELD
    audit.write(actor=job.actor, action="import.held", subject=f"import:{job.pk}", data={"gates": job.gates}, now=now)
    return True


def hold_if_nobody_looked(*, job_id: int, now: datetime) -> bool:
    """`hold` for what another system sent by its key: no person has seen the file before it is stored."""
    job = ImportJob.objects.get(pk=job_id)
    if job.dry_run or not job.actor.startswith("key:"):
        return False
    try:
        return hold(job, now=now)
    except Refused:  # no file that can be read: running it says so on its page
        return False
