"""Forms of the sign-in pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Name and password. The refusal never tells which of the two was wrong, nor whether the account exists."""

    error_messages = {
        "invalid_login": _("Name or password is wrong. Both are case-sensitive."),
        "inactive": _("Name or password is wrong. Both are case-sensitive."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")
        self.fields["password"].label = _("Password")
        # Django limits the field's box only; a longer name is nobody's, and too long for the record of failures.
        longest = getattr(self.fields["username"], "max_length", None) or 150
        self.fields["username"].validators.append(MaxLengthValidator(longest, self.error_messages["invalid_login"]))
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class NewPasswordForm(PasswordChangeForm):
    """The present password once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
