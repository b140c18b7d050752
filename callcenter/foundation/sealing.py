"""Fields that no dump or backup gives away: sealed with AES-256-GCM, and found by a keyed index that tells nothing.

A sealed text says which key opens it, so keys can be changed while the product runs: the first of `FIELD_KEYS` seals, all
of them open. The index is HMAC-SHA256 under a key of its own: equal values have equal indexes, and that is all it tells.
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_SEALED, _INDEXED = "s1", "b1"
_NONCE = 12  # bytes, as NIST SP 800-38D has it
_INDEX = 20  # bytes of the index kept: two of 2**40 values meet once in 2**81


def seal(text: str, *, context: str) -> str:
    """Encrypted under the newest key, bound to its context (the kind of value): it opens nowhere else."""
    name, key = next(iter(_keys().items()))
    nonce = os.urandom(_NONCE)
    box = AESGCM(key).encrypt(nonce, text.encode(), context.encode())
    return f"{_SEALED}.{name}.{_written(nonce + box)}"


def unseal(sealed: str, *, context: str) -> str:
    """The text again; "" where it was sealed under a key that is not here any more, or is not what it was."""
    kind, _dot, rest = sealed.partition(".")
    name, _dot, body = rest.partition(".")
    key = _keys().get(name)
    if kind != _SEALED or key is None:
        return ""
    try:
        told = _read(body)
        return AESGCM(key).decrypt(told[:_NONCE], told[_NONCE:], context.encode()).decode()
    except (InvalidTag, ValueError):
        return ""


def is_current(sealed: str) -> bool:
    """Whether the newest key sealed it."""
    return sealed.startswith(f"{_SEALED}.{next(iter(_keys()))}.")


def index(text: str, *, context: str) -> str:
    """What stands in an index in place of the text."""
    digest = hmac.digest(_index_key(), f"{context}\x1f{text}".encode(), "sha256")
    return f"{_INDEXED}.{_written(digest[:_INDEX])}"


def is_index(text: str) -> bool:
    return text.startswith(f"{_INDEXED}.")


def _keys() -> dict[str, bytes]:
    return _parsed(settings.FIELD_KEYS, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _parsed(told: str, secrets: tuple[str, ...]) -> dict[str, bytes]:
    """Keys by name, the newest first: those of their own, then those that follow from the installation's secret.

    The latter open what was sealed before there were keys of their own; without any, the first of them seals.
    """
    named = (one.strip().partition(":") for one in told.split(",")) if told else ()
    keys = {name: secret for name, _colon, secret in named}
    for secret in secrets:
        keys.setdefault(sha256(f"field-name:{secret}".encode()).hexdigest()[:6], secret)
    return {name: sha256(f"field-key:{secret}".encode()).digest() for name, secret in keys.items()}


def _index_key() -> bytes:
    return sha256(f"field-index:{settings.FIELD_INDEX_KEY or settings.SECRET_KEY}".encode()).digest()


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _read(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
