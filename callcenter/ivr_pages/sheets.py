"""The explorer's tables as one workbook: what was asked and what the words mean stand on its first sheet."""

from __future__ import annotations

import io

from django.utils.translation import gettext as _

from callcenter.floor.templatetags.floor import moment, number
from callcenter.ivr_pages import tables
from callcenter.ivr_pages.explorer import IvrPage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(page: IvrPage) -> bytes:
    """Every table a sheet, numbers as numbers, text as text: nothing is taken for a formula."""
    import xlsxwriter  # large, and only files need it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    about = book.add_worksheet(_("About")[:31])
    for line, (name, said) in enumerate(_asked(page)):
        about.write_string(line, 0, name, bold)
        about.write_string(line, 1, said)
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 80)
    for name, table in tables.TABLES.items():
        header, rows = table(page)
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, header, bold)
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(place, column, value)
                elif value is not None:
                    sheet.write_string(place, column, str(value))
    book.close()
    return out.getvalue()


def _asked(page: IvrPage) -> list[tuple[str, str]]:
    question = page.question
    return [
        (_("From"), moment(question.window.since)),
        (_("To"), moment(question.window.until)),
        (_("Flow"), question.flow or _("All flows")),
        (_("Path query"), question.typed or "–"),
        (_("Calls"), f"{number(page.picture.calls)} / {number(page.picture.of)}"),
        (_("Shares"), _("Shares are of visits; hidden below 10 visits.")),
        (_("Repeats"), _("Of known callers whose window is over; open windows are left out.")),
    ]
