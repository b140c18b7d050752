"""Whether a request was signed with a trunk's secret, by the rules of the platform that signs. Pure.

Twilio (also SignalWire's compatibility API): `X-Twilio-Signature` is Base64 of HMAC-SHA1 over the URL and, for forms, all
fields sorted by name, each name followed by its value; JSON bodies are covered by `bodySHA256` in the URL.
jambonz: `Jambonz-Signature: t=…,v1=…`, hex of HMAC-SHA256 over `{t}.{body}`, not older than five minutes.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from urllib.parse import parse_qs, urlsplit, urlunsplit

from callcenter.foundation.numbers import whole

TOLERANCE_S = 300


@dataclass(frozen=True, kw_only=True)
class Request:
    """What of a request a signature may cover."""

    url: str  # whole, as the platform was told it
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    form: Sequence[tuple[str, str]]  # fields of a form, as sent; empty for JSON and GET
    at: float  # seconds since 1970


# Whether a request was signed with one of these secrets.
Check = Callable[[Request, Iterable[str]], bool]


def twilio(request: Request, secrets: Iterable[str]) -> bool:
    """Signed by Twilio's rule with one of these secrets (auth tokens)."""
    given = request.headers.get("x-twilio-signature", "")
    stated = parse_qs(urlsplit(request.url).query).get("bodySHA256")
    if stated and not hmac.compare_digest(stated[-1].lower(), sha256(request.body).hexdigest()):
        return False
    fields = "".join(name + value for name, value in sorted(set(request.form)))
    covered = [url + fields for url in _spellings(request.url)]
    return any(_is(given, twilio_signature(secret, text)) for secret in secrets for text in covered)


def twilio_signature(secret: str, covered: str) -> str:
    made = hmac.new(secret.encode(), covered.encode("utf-8", "replace"), sha1).digest()
    return b64encode(made).decode()


def _spellings(url: str) -> tuple[str, ...]:
    """With and without the scheme's own port: platforms differ."""
    parts = urlsplit(url)
    port = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    if parts.netloc.endswith(port) and port:
        return url, urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(port)))
    if ":" in parts.netloc.rpartition("]")[2]:
        return (url,)
    return url, urlunsplit(parts._replace(netloc=parts.netloc + port))


def jambonz(request: Request, secrets: Iterable[str]) -> bool:
    """Signed by jambonz' rule with one of these secrets, not long ago."""
    parts = [part.strip().partition("=") for part in request.headers.get("jambonz-signature", "").split(",")]
    moment = next((value for name, _, value in parts if name == "t"), "")
    given = [value for name, _, value in parts if name == "v1"]
    signed_at = whole(moment)
    if signed_at is None or abs(request.at - signed_at) > TOLERANCE_S:
        return False
    return any(_is(one, jambonz_signature(secret, moment, request.body)) for secret in secrets for one in given)


def jambonz_signature(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, sha256).hexdigest()


def _is(given: str, made: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), made.encode())
