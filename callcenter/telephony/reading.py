"""Reading a request's body: bounded, UTF-8, JSON without surprises. Anything else is refused with a sentence."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.storable import unstorable

MOST_BYTES = 64 * 1024
MOST_BATCH_BYTES = 1024 * 1024


class Malformed(Refused):
    status = 400
    code = "malformed"


class TooLarge(Refused):
    status = 413
    code = "too_large"


class UnsupportedType(Refused):
    status = 415
    code = "unsupported_type"


def read_bytes(request: HttpRequest, *, most: int) -> bytes:
    """The raw body, `most` bytes at the utmost; no more than that is ever held in memory."""
    stated = request.META.get("CONTENT_LENGTH") or ""
    if stated.isdigit() and int(stated) > most:
        raise TooLarge(f"The body has {stated} bytes; at most {most} are taken.")
    raw = request.body if stated.isdigit() else request.read(most + 1)
    if len(raw) > most:
        raise TooLarge(f"The body has more than the {most} bytes that are taken.")
    return raw


def check_type(request: HttpRequest) -> None:
    """Only JSON in UTF-8. Raises UnsupportedType."""
    kind = (request.content_type or "").lower()
    charset = request.content_params.get("charset", "utf-8").lower() if request.content_params else "utf-8"
    if kind != "application/json" or charset not in {"utf-8", "utf8"}:
        raise UnsupportedType("The body must be application/json in UTF-8.")


def parse(raw: bytes) -> Any:
    """The JSON value. Raises Malformed for what is not JSON by RFC 8259, numbers beyond a double included."""
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not a JSON number")


def _finite(word: str) -> float:
    value = float(word)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is larger than any computer's")
    return value


def read_json(request: HttpRequest, *, most: int = MOST_BYTES) -> tuple[bytes, Any]:
    """Raw bytes and value of a command's body; an empty body stands for no fields."""
    raw = read_bytes(request, most=most)
    if not raw:
        return raw, {}
    check_type(request)
    value = parse(raw)
    if found := unstorable(value):
        pointer, sentence = found
        errors = [{"pointer": pointer, "code": "invalid_field", "detail": sentence}]
        raise Invalid(sentence, errors=errors)
    return raw, value
