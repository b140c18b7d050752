"""The explorer's tables as one workbook: what was asked and what the words mean stand on its first sheet."""

from __future__ import annotations

from django.utils.translation import gettext as _

from callcenter.floor.files import workbook_bytes
from callcenter.floor.templatetags.floor import moment, number
from callcenter.ivr_pages import tables
from callcenter.ivr_pages.explorer import IvrPage


def workbook(page: IvrPage) -> bytes:
    """Every table a sheet."""
    sheets = {name: table(page) for name, table in tables.TABLES.items()}
    return workbook_bytes(_("About"), _asked(page), sheets)


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
