"""A report as page, paper and letter are drawn from it."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

import ivr.flows.queries
from callcenter.floor import reporting
from callcenter.floor.templatetags.floor import moment, who, words
from callcenter.floor.words import word
from callcenter.foundation.errors import NotFound
from callcenter.ivr_pages.sentences import said
from callcenter.ivr_pages.words import REPORT, TODO, TROUBLE
from ivr.reporting import operations, queries
from ivr.reporting.queries import ReportView


def context_of(number: int) -> dict[str, Any]:
    """What page, paper and letter are drawn from, in the active language."""
    try:
        of = queries.report(report_id=number)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    return {
        "of": of,
        "title": _("Menus {flow}: report").format(flow=_name(of.flow)),
        "subtitle": _subtitle(of),
        "blocks": reporting.shown(of.blocks, say=say),
    }


def _name(flow: str) -> str:
    """What callers' menus are called; the key of a flow that is heard no more."""
    return next((words(one) for one in ivr.flows.queries.flows() if one.flow == flow), flow)


def _subtitle(of: ReportView) -> str:
    by = _("by the calendar") if of.made_by == operations.SCHEDULE else who(of.made_by)
    return _("Calls from {since} to {until}; version {version}; made {at}, {by}").format(
        since=moment(of.since), until=moment(of.until), version=of.version, at=moment(of.made_at), by=by
    )


def say(kind: str, code: str) -> str:
    """The words of a report: sentence | title | column | measure | reached | trouble | todo | outcome."""
    if kind == "outcome":
        return str(word("outcome", code))
    table = {"trouble": TROUBLE, "todo": TODO}.get(kind)
    return str(table.get(code, code)) if table else str(REPORT[kind].get(code, code))
