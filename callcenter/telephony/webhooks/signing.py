"""Signatures as Standard Webhooks has them, so that a receiver verifies with any of its libraries. Pure.

`webhook-signature` is `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; while a secret
is being rotated it holds one signature of each, with a blank between.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

_PREFIX = "whsec_"


def secret(*, master: str, endpoint: str, generation: int) -> str:
    """The secret of one endpoint: `whsec_` and the Base64 of 32 bytes.

    Derived from the installation's own secret, so that no table, dump or backup holds it.
    """
    made = hmac.digest(master.encode(), f"webhook:{endpoint}:{generation}".encode(), sha256)
    return _PREFIX + b64encode(made).decode()


def signature(*, secret: str, message_id: str, at: datetime, body: bytes) -> str:
    key = b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((message_id.encode(), str(int(at.timestamp())).encode(), body))
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()


def headers(*, secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of an attempt. `message_id` is the same in every attempt, the time is the attempt's own."""
    signed = (signature(secret=one, message_id=message_id, at=at, body=body) for one in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
