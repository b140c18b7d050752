"""The page's tables as one workbook: what was asked and what the words mean stand on its first sheet."""

from __future__ import annotations

from django.utils.translation import gettext as _

from callcenter.floor.files import workbook_bytes
from callcenter.floor.templatetags.floor import moment
from callcenter.satisfaction import tables
from callcenter.satisfaction.asking import Question
from callcenter.satisfaction.words import REACHED
from ivr.surveys.board import Board


def workbook(question: Question, board: Board) -> bytes:
    """Every table a sheet."""
    sheets = {name: table(board) for name, table in tables.TABLES.items()}
    return workbook_bytes(_("About"), _about(question), sheets)


def _about(question: Question) -> list[tuple[str, str]]:
    return [
        (_("From"), moment(question.window.since)),
        (_("To"), moment(question.window.until)),
        (_("Callers who"), str(REACHED[question.asked.reached.value])),
        *((name, value) for name, value in question.asked.narrow),
        (
            _("Satisfied"),
            _("Top box of a form's first question: 4 and 5 of 5, 3 of 3, 9 and 10 of 10. Wilson intervals."),
        ),
        (_("Hidden"), _("Shares of fewer than 10 answers are hidden; nobody with fewer than 30 is ranked.")),
        (
            _("Weighted"),
            _("Answers weighted by the chance of answering, raked to all calls that could be asked about."),
        ),
    ]
