"""The address of a survey page: names one invitation, cannot be made up, leads nowhere else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from django.core.signing import BadSignature, Signer

from callcenter.foundation.errors import NotFound

_SIGNER_SALT = "ivr.surveys.link"


def token_of(*, invitation_id: UUID) -> str:
    """66 characters that fit into a message."""
    return _signer().sign(urlsafe_b64encode(invitation_id.bytes).decode().rstrip("="))


def read_token(token: str) -> UUID:
    """Raises NotFound for anything we did not sign. Whether it has run out stands on the invitation."""
    try:
        return UUID(bytes=urlsafe_b64decode(_signer().unsign(token) + "=="))
    except (BadSignature, ValueError):
        raise NotFound("This address leads nowhere. Please open the link as it stands in the message.") from None


def _signer() -> Signer:
    return Signer(salt=_SIGNER_SALT, sep=".", algorithm="sha256")
