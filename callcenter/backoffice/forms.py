"""What these pages take from a person."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.imports.kinds import names


class UploadForm(forms.Form):
    """A file of customers or of facts about them, what its rows are, and who says so."""

    kind = forms.ChoiceField(
        label=_("What its rows are"), required=False, choices=lambda: [("", _("As its columns say")), *names().items()]
    )
    file = forms.FileField(label=_("File"), help_text=_("CSV, TSV, NDJSON, XLSX or Parquet; text also as .gz or .zip"))
    source = forms.RegexField(
        r"^[a-z0-9_-]{1,32}$",
        label=_("Source"),
        help_text=_("Who says so: crm, shop, web …"),
        error_messages={"invalid": _("A source is named by 1 to 32 small letters, digits, - and _.")},
    )
