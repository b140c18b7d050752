"""What people enter on the integration pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.api_keys import SCOPES
from callcenter.telephony.models import Trunk


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Whose key it is"), max_length=80)
    trunk = forms.ChoiceField(label=_("Switch"), required=False)
    domain = forms.ChoiceField(label=_("Domain"), required=False)
    days = forms.IntegerField(label=_("Days it lives"), min_value=1, max_value=365, initial=365)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, scope) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, *args: Any, domains: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trunks = {trunk.key: trunk for trunk in Trunk.objects.filter(domain__in=domains).order_by("key")}
        no_switch = ("", _("none: another system"))
        self.fields["trunk"].choices = [no_switch, *((key, key) for key in self.trunks)]  # type: ignore[attr-defined]
        self.fields["domain"].choices = [(key, key) for key in domains]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A switch's key belongs to the switch's domain, whatever else was chosen."""
        values: dict[str, Any] = super().clean() or {}
        trunk = self.trunks.get(values.get("trunk", ""))
        values["domain"] = trunk.domain if trunk else values.get("domain") or ""
        if not values["domain"]:
            self.add_error("domain", _("Choose the domain that the key belongs to."))
        return values


class WebhookForm(forms.Form):
    url = forms.CharField(label=_("URL"), max_length=500)
    types = forms.CharField(label=_("Types of events"), max_length=600, required=False)
    description = forms.CharField(label=_("Note"), max_length=120, required=False)
    domain = forms.ChoiceField(label=_("Domain"), required=False)

    def __init__(self, *args: Any, domains: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"].choices = [(key, key) for key in domains]  # type: ignore[attr-defined]
        self.initial.setdefault("domain", domains[0] if domains else "")

    def clean_types(self) -> list[str]:
        return [word for word in self.cleaned_data["types"].replace(",", " ").split() if word]


class OverlapForm(forms.Form):
    hours = forms.IntegerField(min_value=0, max_value=168)
