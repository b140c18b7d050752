"""Reading a request's body: bounded, UTF-8, JSON without surprises. Anything else is refused with a sentence."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any

from django.http import HttpRequest

from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.storable import object_of, unstorable

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
    """Only JSON in UTF-8, as it is. Raises UnsupportedType."""
    kind = (request.content_type or "").lower()
    charset = request.content_params.get("charset", "utf-8").lower() if request.content_params else "utf-8"
    if kind != "application/json" or charset not in {"utf-8", "utf8"}:
        raise UnsupportedType("The body must be application/json in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnsupportedType("The body must not be compressed: send it without Content-Encoding.")


def parse(raw: bytes) -> Any:
    """The JSON value. Raises Malformed for what is not JSON by RFC 8259, numbers beyond a double included.

    An object with one name twice comes as `Twice`, for `unstorable` to name.
    """
    if not raw.strip():
        raise Malformed("The body is empty: send JSON.")
    if raw.startswith(BOM_UTF8):
        raise Malformed("The body begins with a byte-order mark. Send UTF-8 without one.")
    try:
        return json.loads(
            raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=object_of
        )
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None
    except ValueError:  # of more digits than Python reads
        raise Malformed(_TOO_LARGE) from None


_TOO_LARGE = "The body is not JSON that can be read: a number in it is larger than any computer's."


def _refuse_constant(word: str) -> float:
    raise Malformed(f"The body is not JSON: {word} is no number there.")


def _finite(word: str) -> float:
    value = float(word)
    if value in (float("inf"), float("-inf")):
        raise Malformed(_TOO_LARGE)
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
