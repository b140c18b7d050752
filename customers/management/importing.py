"""What every command that reads a file does: one road with the page and the API, `customers.imports`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.imports import operations, queries
from customers.imports.models import ImportJob


class FileCommand(BaseCommand):
    """Reads a file of one kind of rows. Killed in the middle, it goes on at the checkpoint."""

    kind = ""  # "": as `--kind` says, or as its columns speak
    source: str | None = None  # whose word it is where nothing else is said

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--source", required=self.source is None, default=self.source, help="who says so: crm, shop, web …"
        )
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
        parser.add_argument("--errors", type=Path, help="write refused rows here, to be corrected and sent again")
        parser.add_argument("--unplaced", type=Path, help="write rows of nobody we know here, to be sent again later")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        pairs = [pair.partition("=") for pair in options["map"]]
        mapping = {column: field for column, _sign, field in pairs} or None
        try:
            job = operations.prepare(
                path=path, source=options["source"], actor="command", now=db_now(), mapping=mapping,
                dry_run=options["dry_run"], kind=options.get("kind") or self.kind,
            )  # fmt: skip
            if job.checkpoint:
                self.stdout.write(f"Resumes from row {job.checkpoint + 1}.")
            job = operations.run(job_id=job.pk, now=db_now(), at_row=self._how_far(job))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if job.path != str(path):  # it was packed
            queries.drop_file(job)
        if job.sentence:
            raise CommandError(queries.refusal(job))
        for name in ("errors", "unplaced"):
            if options[name] and (job.refused if name == "errors" else job.unplaced):
                lines = queries.errors_file(job_id=job.pk, unplaced=name == "unplaced")
                options[name].write_text("".join(lines), encoding="utf-8")
        self.stdout.write(told(job, path) + self.after(job))

    def _how_far(self, job: ImportJob) -> Callable[[int], None]:
        """Says up to which row it is, on a terminal over and over in one line."""
        whole = f" of about {job.rows_about:,}" if job.rows_about else ""
        end = "\r" if self.stderr.isatty() else "\n"
        return lambda row: self.stderr.write(f"{row:,}{whole} rows", ending=end, style_func=str)

    def after(self, job: ImportJob) -> str:
        """What else there is to say of a file that is done."""
        return ""


def told(job: ImportJob, path: Path) -> str:
    """The counts of a job in a line."""
    facts = f", {job.unplaced} of nobody we know, {job.withheld} of people who do not allow it"
    return (
        f"{'Dry run: ' if job.dry_run else ''}{job.checkpoint} rows read ({job.encoding or path.suffix[1:]}): "
        f"{job.stored} new, {job.updated} changed, {job.same} the same, {job.superseded} superseded, "
        f"{job.refused} refused{facts if job.unplaced + job.withheld else ''}."
    )
