"""Reading what platforms send: forms, JSON and queries in any encoding, bounded; and who sent it."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from callcenter.accounts.api_keys import ApiKeyAuthentication
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Principal
from callcenter.telephony import reading
from callcenter.telephony.dialects import registry, signatures
from callcenter.telephony.dialects.lines import LineFacts

_MOST_FIELDS = 1_000
_NEEDED = frozenset({"calls:write", "events:write"})
# A body that is not UTF-8 is most likely what Chinese systems wrote before it.
_ENCODINGS = ("utf-8", "gb18030")


class Unsigned(Refused):
    """Neither signed with the trunk's secret nor sent with a key of it."""

    status = 401
    code = "unauthorised"


@dataclass(frozen=True, kw_only=True)
class Told:
    """One request: our own values from the address, theirs from wherever they put them, and the raw bytes."""

    query: Mapping[str, str]
    said: dict[str, str]
    form: tuple[tuple[str, str], ...]
    body: bytes


def told(request: HttpRequest) -> Told:
    """The request as names and texts. Raises Refused (malformed, too_large)."""
    body = reading.read_bytes(request, most=reading.MOST_BYTES) if request.method == "POST" else b""
    query = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    form: tuple[tuple[str, str], ...] = ()
    if (request.content_type or "").lower() == "application/json" and body:
        said = _of_json(body)
    else:
        form = _fields(body)
        said = dict(form)
    return Told(query=query, said=query | said, form=form, body=body)


def _fields(body: bytes) -> tuple[tuple[str, str], ...]:
    for encoding in _ENCODINGS:
        try:
            text = body.decode(encoding)
            pairs = parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="strict",
                              max_num_fields=_MOST_FIELDS)  # fmt: skip
        except UnicodeDecodeError:
            continue
        except ValueError:
            raise reading.TooLarge(f"The form has more than the {_MOST_FIELDS} fields that are taken.") from None
        return tuple(pairs)
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
    return tuple(pairs)


def _of_json(body: bytes) -> dict[str, str]:
    value = reading.parse(body)
    if not isinstance(value, dict):
        raise reading.Malformed("The body is a JSON object.")
    return {str(name): text_of(inner) for name, inner in value.items()}


def text_of(value: Any) -> str:
    """A value of a JSON body as the dialects read it: text as it is, nothing for null, anything else as JSON."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def who(request: HttpRequest, told: Told, line: LineFacts) -> Principal:
    """Who sent it: a key of this trunk, or the platform itself by its signature. Raises Unsigned."""
    if (key := key_in(request)) is not None:
        return _holder(key, line)
    check = registry.SIGNED.get(line.dialect)
    if check is None or not line.secrets or not check(_signed(request, told), line.secrets):
        raise Unsigned(_sentence(line))
    return line.principal


def _sentence(line: LineFacts) -> str:
    if line.dialect in registry.SIGNED:
        return "The request is not signed with this trunk's secret, and it holds no API key of the trunk."
    return "Send an API key of this trunk: as the password of Basic authentication, or as a Bearer token."


def _signed(request: HttpRequest, told: Told) -> signatures.Request:
    return signatures.Request(
        url=request.build_absolute_uri(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=told.body,
        form=told.form,
        at=time.time(),
    )


def key_in(request: HttpRequest) -> str | None:
    """The API key in the Authorization header, as a Bearer token or as the password of Basic; None for none."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    if kind.lower() != "basic":
        return None
    try:
        return b64decode(text.strip(), validate=True).decode("utf-8").partition(":")[2]
    except (NotBase64, UnicodeDecodeError, ValueError):
        return ""


def _holder(key: str, line: LineFacts) -> Principal:
    shim = SimpleNamespace(headers={"Authorization": f"Bearer {key}"})
    try:
        found = ApiKeyAuthentication().authenticate(shim)
    except AuthenticationFailed as why:
        raise Unsigned(str(why.detail)) from None
    principal = found[0].principal if found else None
    if principal is None or principal.domain != line.domain or principal.trunk not in {"", line.trunk}:
        raise Unsigned("This API key belongs to another trunk.")
    if missing := sorted(_NEEDED - principal.scopes):
        raise Unsigned(f"This API key lacks the scope {missing[0]}.")
    return principal
