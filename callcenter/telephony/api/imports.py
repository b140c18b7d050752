"""Files of customers sent by other systems: kept, judged, taken in by a worker, held, stopped, taken back.

One mechanism with the page Imports: `customers.imports`. What no person has looked at passes the gates first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError

from callcenter.foundation import uploads
from callcenter.foundation.errors import Invalid
from callcenter.telephony import answers, fields, reading
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_imports import ErrorsQuery, ImportForm, ImportsQuery, StartForm
from customers import tasks
from customers.imports import control, operations, queries
from customers.imports.models import ImportJob

_AROUND = 1_000_000  # bytes of a form besides its file


class Imports(ApiView):
    scope = "customers:read"
    scopes = {"POST": "customers:write"}

    @operation("imports")
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.query(ImportsQuery)
        found = queries.recent(most=asked["limit"], before=asked["before"], source=asked["source"])
        return answer({"imports": [shown(one) for one in found]})

    @operation("import_sent", request=ImportForm, media="multipart/form-data")
    def post(self, request: HttpRequest) -> HttpResponse:
        sent, asked = self._form()
        kept = uploads.keep(sent)
        try:
            self.raw = json.dumps([_digest(kept), sent.name, asked], sort_keys=True).encode()
            return self.command(partial(self._taken, kept, sent.name or kept.name, asked))
        finally:
            queries.drop_stray(kept)  # of a refusal, or of a repeat that was answered before

    def _form(self) -> tuple[UploadedFile[bytes], Json]:
        """The file and what was said of it. Raises TooLarge, UnsupportedType, Malformed, Invalid."""
        request = self.plain_request
        stated = request.META.get("CONTENT_LENGTH") or ""
        if stated.isdigit() and int(stated) > uploads.MOST_BYTES + _AROUND:
            raise reading.TooLarge(f"The body has {stated} bytes; a file of at most {uploads.MOST_BYTES} is taken.")
        if (request.content_type or "").lower() != "multipart/form-data":
            raise reading.UnsupportedType("The body must be multipart/form-data with the file in its part `file`.")
        try:
            sent, told = request.FILES, request.POST
        except (MultiPartParserError, SuspiciousOperation) as wrong:
            raise reading.Malformed(f"The form cannot be read: {str(wrong)[:120]}") from None
        return _one_file(sent), _said(fields.read(ImportForm, told.dict() | sent.dict()))

    def _taken(self, kept: Path, name: str, asked: Json, now: datetime) -> tuple[int, Json]:
        begin, who = asked["begin"], self.principal.name
        job = operations.prepare(
            path=kept, source=asked["source"], actor=who, now=now, name=name, waits=True, mapping=asked["mapping"],
            steps=asked["steps"] or (), kind=asked["kind"],
        )  # fmt: skip
        if not job.waits:  # the same file stood half done: it goes on where it stopped
            transaction.on_commit(partial(tasks.import_file.delay, job.pk))
            return 200, {"import": _detail(job.pk)}
        if begin == "no":
            return 201, {"import": _detail(job.pk)}
        return 202, {"import": _started(job, asked, who, now, dry_run=begin == "dry_run")}


class Import(ApiView):
    scope = "customers:read"

    @operation("import")
    def get(self, request: HttpRequest, job: int) -> HttpResponse:
        return answer({"import": _detail(job)})


class ImportStart(ApiView):
    scope = "customers:write"

    @operation("import_start", request=StartForm)
    def post(self, request: HttpRequest, job: int) -> HttpResponse:
        asked = self.body(StartForm)

        def started(now: datetime) -> tuple[int, Json]:
            waiting = queries.job(job_id=job).job
            return 202, {
                "import": _started(waiting, asked, self.principal.name, now, dry_run=asked["dry_run"]),
            }

        return self.command(started)


class ImportPause(ApiView):
    scope = "customers:write"

    @operation("import_pause")
    def post(self, request: HttpRequest, job: int) -> HttpResponse:
        return _acted(self, job, control.pause)


class ImportResume(ApiView):
    scope = "customers:write"

    @operation("import_resume")
    def post(self, request: HttpRequest, job: int) -> HttpResponse:
        return _acted(self, job, control.resume, then=partial(tasks.import_file.delay, job))


class ImportLetIn(ApiView):
    scope = "customers:write"

    @operation("import_let_in")
    def post(self, request: HttpRequest, job: int) -> HttpResponse:
        return _acted(self, job, control.let_in, then=partial(tasks.import_file.delay, job))


class ImportCancel(ApiView):
    scope = "customers:write"

    @operation("import_cancel")
    def post(self, request: HttpRequest, job: int) -> HttpResponse:
        def stopped(*, job_id: int, actor: str, now: datetime) -> None:
            found = control.cancel(job_id=job_id, actor=actor, now=now)
            transaction.on_commit(partial(queries.drop_file, found))

        return _acted(self, job, stopped, then=partial(tasks.undo_import.delay, job, self.principal.name))


class ImportUndo(ApiView):
    scope = "customers:write"

    @operation("import_undo")
    def post(self, request: HttpRequest, job: int) -> HttpResponse:
        return _acted(self, job, control.ask_undo, then=partial(tasks.undo_import.delay, job, self.principal.name))


def _acted(view: ApiView, job: int, act: Callable[..., Any], *, then: Callable[[], Any] | None = None) -> HttpResponse:
    """One act on an import, and what a worker does once it is committed."""
    view.body(fields.Request)

    def acted(now: datetime) -> tuple[int, Json]:
        act(job_id=job, actor=view.principal.name, now=now)
        if then is not None:
            transaction.on_commit(then)
        return 202, {"import": _detail(job)}

    return view.command(acted)


class ImportErrors(ApiView):
    scope = "customers:write"  # rows as they were sent, nothing masked: for whoever sends them

    @operation("import_errors")
    def get(self, request: HttpRequest, job: int) -> StreamingHttpResponse:
        asked = self.query(ErrorsQuery)
        found = queries.job(job_id=job).job
        unplaced = asked["rows"] == "unplaced"
        rows = queries.errors_file(job_id=found.pk, language=asked["language"], unplaced=unplaced)
        file = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
        file["Content-Disposition"] = (
            f'attachment; filename="import-{found.pk}-{"unplaced" if unplaced else "errors"}.csv"'
        )
        return file


def _started(job: ImportJob, asked: Json, actor: str, now: datetime, *, dry_run: bool) -> Json:
    """What was said of the columns, else what is remembered or proposed by their names, holds; a worker begins."""
    mapping = asked["mapping"] if asked["mapping"] is not None else job.mapping
    steps = asked["steps"] if asked["steps"] is not None else job.steps
    begun = control.start(job_id=job.pk, mapping=mapping, steps=steps, actor=actor, now=now, dry_run=dry_run)
    transaction.on_commit(partial(tasks.import_file.delay, begun.pk))
    return _detail(begun.pk)


def _one_file(sent: Any) -> UploadedFile[bytes]:
    files = sent.getlist("file")
    if len(files) != 1:
        raise Invalid("Send one file, in the part named `file`.", field="/file")
    one: UploadedFile[bytes] = files[0]
    return one


def _said(asked: Json) -> Json:
    """The form less its file; mapping and steps as the JSON they were written in."""
    parts = {"mapping": dict, "steps": list}
    return {name: value for name, value in asked.items() if name != "file"} | {
        name: _json(asked[name], kind, name) if asked[name] else None for name, kind in parts.items()
    }


def _json(text: str, kind: type, name: str) -> Any:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise Invalid(f"This is not JSON: {error}.", field=f"/{name}") from None
    return fields.read(StartForm, {name: told})[name] if isinstance(told, kind) else _no(name)


def _no(name: str) -> Any:
    shape = '{"column": "field"}' if name == "mapping" else '[{"do": "trim", "column": "name"}]'
    raise Invalid(f"This must be JSON of the form {shape}.", field=f"/{name}")


def _digest(path: Path) -> str:
    with path.open("rb") as raw:
        return file_digest(raw, sha256).hexdigest()


def shown(one: ImportJob) -> Json:
    """An import as the API tells it."""
    share = one.done_share
    return {
        "id": one.pk, "source": one.source, "kind": one.kind, "name": one.name, "state": one.state, "dry_run": one.dry_run,
        "tries": one.tries_id, "encoding": one.encoding, "rows_about": one.rows_about or None,
        "done": None if share is None else round(share, 4),
        "counts": {"read": one.checkpoint} | {name: getattr(one, name) for name in operations.COUNTS},
        "trouble": queries.refusal(one) if one.sentence else None, "gates": one.gates, "let_in_by": one.let_in_by or None,
        "taken_back": one.taken_back or None, "by": one.actor, "at": answers.instant(one.at),
        "finished_at": answers.instant(one.finished_at),
    }  # fmt: skip


def _detail(job_id: int) -> Json:
    found = queries.job(job_id=job_id)
    return shown(found.job) | {
        "mapping": found.job.mapping,
        "steps": found.job.steps,
        "columns": [{"name": one.name, "field": one.field or None} for one in found.columns],
        "last_try": found.tried.pk if found.tried else None,
    }
