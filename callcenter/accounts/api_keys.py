"""API keys: `zk_<8 characters>_<secret>`; only the SHA-256 of the secret is stored, compared in constant time."""

from __future__ import annotations

import hmac
import secrets
import string
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from callcenter.accounts.access import ApiUser
from callcenter.accounts.models import ApiKey
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Principal

_ALPHABET = string.ascii_lowercase + string.digits


def create_key(
    *, name: str, scopes: list[str], domain: str, trunk: str = "", now: datetime, days: int = 365
) -> tuple[ApiKey, str]:
    """A new key and its full text, which is shown this once and can never be read again."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        secret_sha256=sha256(secret.encode()).hexdigest(),
        scopes=scopes,
        domain=domain,
        trunk=trunk,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return key, f"zk_{prefix}_{secret}"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer zk_…`. Never in a URL."""

    def authenticate(self, request: Any) -> tuple[ApiUser, ApiKey] | None:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            return None
        key = self._find(text.strip(), request)
        principal = Principal(
            name=f"key:{key.prefix}", scopes=frozenset(key.scopes), domain=key.domain, trunk=key.trunk
        )
        return ApiUser(principal), key

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="zhiyin"'

    def _find(self, text: str, request: Any) -> ApiKey:
        prefix, _, secret = text.removeprefix("zk_").partition("_")
        key = ApiKey.objects.filter(prefix=prefix, revoked_at__isnull=True, expires_at__gt=db_now()).first()
        if key is None or not hmac.compare_digest(key.secret_sha256, sha256(secret.encode()).hexdigest()):
            raise AuthenticationFailed("This API key is unknown, revoked or expired.", code="unauthorised")
        return key
