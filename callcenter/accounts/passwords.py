"""What a password must be, beyond Django's own rules."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from callcenter.accounts.models import User
from callcenter.foundation.principal import Role


class AdminLength:
    """Administrators can do everything, so theirs is longer."""

    def __init__(self, min_length: int = 15) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: User | None = None) -> None:
        is_admin = user is not None and (user.role == Role.ADMIN or user.is_superuser)
        if is_admin and len(password) < self.min_length:
            raise ValidationError(
                ngettext(
                    "An administrator's password has at least %(count)d character.",
                    "An administrator's password has at least %(count)d characters.",
                    self.min_length,
                )
                % {"count": self.min_length},
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return _("Administrators: at least %(count)d characters.") % {"count": self.min_length}
