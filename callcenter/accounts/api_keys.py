"""API keys: `zk_<8 characters>_<secret>`; only the SHA-256 of the secret is stored, compared in constant time."""

from __future__ import annotations

import hmac
import secrets
import string
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from callcenter.accounts.access import ApiUser
from callcenter.accounts.models import ApiKey
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.principal import Principal

# What a key may be allowed to do, each stated beside the views that need it.
SCOPES = (
    "calls:write",
    "calls:read",
    "events:write",
    "events:read",
    "reservations:write",
    "agents:read",
    "agents:write",
    "queues:read",
    "ivr:write",
    "ivr:read",
    "flows:write",
    "flows:publish",
    "surveys:read",
    "surveys:write",
    "webhooks:write",
    "trunks:write",
    "config:write",
    "customers:read",
    "customers:write",
    "identity:read",
    "identity:write",
    "points:write",
    "privacy:write",
    "segments:read",
    "catalogue:read",
    "offers:read",
    "offers:write",
    "contact:read",
    "contact:write",
)
_ALPHABET = string.ascii_lowercase + string.digits


def create_key(
    *, name: str, scopes: list[str], domain: str, trunk: str = "", heir_of: str = "", now: datetime, days: int = 365
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
        heir_of=heir_of,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return key, f"zk_{prefix}_{secret}"


@command
def issue_key(
    *, name: str, scopes: list[str], domain: str, trunk: str = "", days: int = 365, actor: str, now: datetime
) -> tuple[ApiKey, str]:
    """A new key made by a person: `create_key`, and a row in the audit trail. Raises Invalid for an unknown scope."""
    if not scopes or set(scopes) - set(SCOPES):
        raise Invalid("Choose what the key may do: at least one of the scopes listed.", field="/scopes")
    key, text = create_key(name=name, scopes=scopes, domain=domain, trunk=trunk, now=now, days=days)
    audit.write(actor=actor, action="key.created", now=now, subject=f"key:{key.prefix}", data={"scopes": scopes})
    return key, text


@command
def rotate_key(*, prefix: str, domain: str, overlap: timedelta, actor: str, now: datetime) -> tuple[ApiKey, str]:
    """A key that may do the same, for another year; the one before lives on for `overlap`. Raises NotFound.

    What either sends under one Idempotency-Key is done once.
    """
    old = _live_key(prefix, domain, now)
    first = old.heir_of or old.prefix
    fresh, text = create_key(
        name=old.name, scopes=old.scopes, domain=old.domain, trunk=old.trunk, heir_of=first, now=now
    )
    old.expires_at = min(old.expires_at, now + overlap)
    old.save(update_fields=["expires_at"])
    audit.write(
        actor=actor, action="key.rotated", now=now, subject=f"key:{old.prefix}", data={"to": f"key:{fresh.prefix}"}
    )
    return fresh, text


@command
def revoke_key(*, prefix: str, domain: str, actor: str, now: datetime) -> None:
    """Out of use in every process within five seconds. Raises NotFound for a key that is out of use already."""
    key = _live_key(prefix, domain, now)
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    _known.pop(prefix, None)
    audit.write(actor=actor, action="key.revoked", now=now, subject=f"key:{prefix}")


def _live_key(prefix: str, domain: str, now: datetime) -> ApiKey:
    rows = ApiKey.objects.select_for_update().filter(prefix=prefix, revoked_at__isnull=True, expires_at__gt=now)
    key = (rows.filter(domain=domain) if domain else rows).first()
    if key is None:
        raise NotFound("This key is not in use any more.")
    return key


def live(*, prefixes: set[str], now: datetime) -> set[str]:
    """Those of these keys that are in use."""
    if not prefixes:
        return set()
    rows = ApiKey.objects.filter(prefix__in=prefixes, revoked_at__isnull=True, expires_at__gt=now)
    return set(rows.values_list("prefix", flat=True))


def of_trunk(trunk: str) -> set[str]:
    """Prefixes of all keys this trunk ever had for itself."""
    return set(ApiKey.objects.filter(trunk=trunk).values_list("prefix", flat=True))


def watch(*, prefixes: Iterable[str], now: datetime, seconds: float = 60) -> None:
    """Have every request of these keys written down for a while: somebody looks on."""
    ApiKey.objects.filter(prefix__in=prefixes).update(watched_until=now + timedelta(seconds=seconds))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A live key as read from its row, and when, so that a burst of requests reads the row once."""

    secret_sha256: str
    principal: Principal
    read_at: float  # monotonic seconds
    is_watched: bool  # somebody looks at its requests


# Revoking a key takes effect within this time in every process.
_KNOWN_FOR_S = 5.0
_MOST_KNOWN = 1_000
_USE_NOTED_EVERY = timedelta(minutes=1)
_known: dict[str, _Known] = {}


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer zk_…`. Never in a URL."""

    def authenticate(self, request: Any) -> tuple[ApiUser, None] | None:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        prefix, _, secret = text.strip().removeprefix("zk_").partition("_")
        known = _known.get(prefix)
        if known is None or time.monotonic() - known.read_at > _KNOWN_FOR_S:
            known = _read(prefix)
        given = sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
        if known is None or not hmac.compare_digest(known.secret_sha256, given):
            raise AuthenticationFailed("This API key is unknown, revoked or expired.", code="unauthorised")
        return ApiUser(known.principal, is_watched=known.is_watched), None

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="zhiyin"'


def forget() -> None:
    """Read every key afresh from here on."""
    _known.clear()


def _read(prefix: str) -> _Known | None:
    """The live key of this prefix, remembered for a moment; its use is noted once a minute."""
    _known.pop(prefix, None)
    if not (prefix.isascii() and prefix.isalnum()):
        return None
    now = db_now()
    key = ApiKey.objects.filter(prefix=prefix, revoked_at__isnull=True, expires_at__gt=now).first()
    if key is None:
        return None
    if key.last_used_at is None or now - key.last_used_at > _USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    principal = Principal(
        name=f"key:{key.prefix}",
        scopes=frozenset(key.scopes),
        domain=key.domain,
        trunk=key.trunk,
        heir_of=f"key:{key.heir_of}" if key.heir_of else "",
    )
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    watched = key.watched_until is not None and key.watched_until > now
    _known[prefix] = known = _Known(
        secret_sha256=key.secret_sha256, principal=principal, read_at=time.monotonic(), is_watched=watched
    )
    return known
