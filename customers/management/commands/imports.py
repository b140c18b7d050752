"""manage.py imports [pause|resume|cancel|undo|let_in JOB]: what came in, and what a person does to it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.imports import control, operations, queries

_ACTS = ("pause", "resume", "cancel", "undo", "let_in")
_ACTOR = "command"


class Command(BaseCommand):
    help = "List imports, or hold, stop, let in and take back one of them. resume and let_in work it through here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", nargs="?", choices=_ACTS)
        parser.add_argument("job", nargs="?", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        act, job = options["act"], options["job"]
        if act is None:
            for one in queries.recent():
                self.stdout.write(
                    f"{one.pk} {one.at:%Y-%m-%d %H:%M} {one.source} {one.name}: {one.state}, {one.checkpoint} rows"
                )
            return
        if job is None:
            raise CommandError("Say which import, by its number.")
        try:
            self.stdout.write(_done(act, job))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal


def _done(act: str, job: int) -> str:
    now = db_now()
    if act == "pause":
        control.pause(job_id=job, actor=_ACTOR, now=now)
        return "Paused."
    if act in {"resume", "let_in"}:
        (control.resume if act == "resume" else control.let_in)(job_id=job, actor=_ACTOR, now=now)
        done = operations.run(job_id=job, now=now)
        return f"{done.checkpoint} rows read: {done.state}."
    if act == "cancel":
        control.cancel(job_id=job, actor=_ACTOR, now=now)
        if not queries.job(job_id=job).job.stored + queries.job(job_id=job).job.updated:
            return "Cancelled; it had stored nothing."
    taken = control.undo(job_id=job, actor=_ACTOR, now=now)
    return (
        f"Taken back: {taken.records} records went, {taken.restored} say again what they said before, {taken.customers} "
        f"customers and {taken.identifiers} identifiers went. Not taken back: {taken.kept_records} records with a later "
        f"word, {taken.kept_customers} customers of whom something else speaks."
    )
