"""The page's tables as one workbook: what was asked and what the words mean stand on its first sheet."""

from __future__ import annotations

import io

from django.utils.translation import gettext as _

from callcenter.floor.templatetags.floor import moment
from callcenter.satisfaction import tables
from callcenter.satisfaction.asking import Question
from callcenter.satisfaction.words import REACHED
from ivr.surveys.board import Board

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(question: Question, board: Board) -> bytes:
    """Every table a sheet, numbers as numbers, text as text: nothing is taken for a formula."""
    import xlsxwriter  # large, and only files need it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    about = book.add_worksheet(_("About")[:31])
    for line, (name, said) in enumerate(_about(question)):
        about.write_string(line, 0, name, bold)
        about.write_string(line, 1, said)
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 90)
    for name, table in tables.TABLES.items():
        header, rows = table(board)
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [str(one) for one in header], bold)
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(place, column, value)
                elif value is not None:
                    sheet.write_string(place, column, str(value))
    book.close()
    return out.getvalue()


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
