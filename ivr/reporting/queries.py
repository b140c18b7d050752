"""Reading reports as they were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcenter.foundation.errors import NotFound
from ivr.reporting.models import IvrReport


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """One report as it was made."""

    id: int
    flow: str
    version: int
    since: datetime
    until: datetime
    made_at: datetime
    made_by: str
    blocks: tuple[dict[str, Any], ...]


def reports(*, limit: int = 40) -> tuple[ReportView, ...]:
    """The newest first."""
    return tuple(_view(row) for row in IvrReport.objects.order_by("-made_at")[:limit])


def report(*, report_id: int) -> ReportView:
    """One report. Raises NotFound."""
    row = IvrReport.objects.filter(pk=report_id).first()
    if row is None:
        raise NotFound("There is no such report.")
    return _view(row)


def _view(row: IvrReport) -> ReportView:
    return ReportView(
        id=row.pk, flow=row.flow, version=row.version, since=row.since, until=row.until, made_at=row.made_at,
        made_by=row.made_by, blocks=tuple(row.blocks),
    )  # fmt: skip
