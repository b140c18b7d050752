"""One spelling for each identifier, so that one index probe finds it however it was typed. Pure.

A value that cannot be of its kind becomes "", which finds nobody. An id document that fails its check digit keeps its
spelling: invalid is not worthless (GB 11643-1999, check digit by ISO 7064 MOD 11-2).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from callcenter.foundation.phones import e164

LONGEST = 160  # what the table holds
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CREDIT_CODE = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{18}")  # 15 before 2015; a wrong check digit is invalid, not worthless
_NUMBER_KINDS = ("phone", "landline")
_SETTLES = 4  # passes after which every spelling known to us stands still


def normalise(*, kind: str, value: str) -> str:
    """The one spelling of an identifier of this kind; "" when the value cannot be one.

    Numbers become E.164, mail lower case, papers upper case with 15 digits made 18. Account names of other services
    keep their case where the service keeps it.
    """
    spelled = _spell(kind, value)
    for _ in range(_SETTLES):
        again = _spell(kind, spelled)
        if again == spelled:
            return spelled
        spelled = again
    return ""


def _spell(kind: str, value: str) -> str:
    """One pass. Taking signs out or changing case may bring letters and accents together that compose anew."""
    text = _clean(value)
    if kind in _NUMBER_KINDS:
        return e164(text)
    if kind == "email":
        return text.lower() if _EMAIL.fullmatch(text) else ""
    if kind == "id_document":
        return id_document(text)
    if kind in ("member", "broadband"):
        return "".join(text.split()).upper()
    if kind == "credit_code":
        code = "".join(text.split()).upper()
        return code if _CREDIT_CODE.fullmatch(code) else ""
    if kind == "qq":
        return text if text.isascii() and text.isdigit() else ""
    return text.lower() if kind == "weibo" else text


def guess_kind(value: str) -> str:
    """`email`, `id_document` or `phone` where the spelling leaves no doubt, else ""."""
    text = _clean(value)
    if _EMAIL.fullmatch(text):
        return "email"
    paper = id_document(text)
    if len(paper) == 18 and is_valid_id_document(paper):
        return "id_document"
    return "phone" if e164(text) else ""


def kinds_probed(kind: str) -> tuple[str, ...]:
    """A number is a number: the caller's is looked for among mobiles and landlines alike."""
    return _NUMBER_KINDS if kind in _NUMBER_KINDS else (kind,)


def id_document(value: str) -> str:
    """A resident's id as printed today: upper case, no spaces, the 15 digits of before 1999 made 18."""
    text = "".join(value.split()).upper()
    if len(text) == 15 and text.isascii() and text.isdigit():
        body = f"{text[:6]}19{text[6:]}"
        return body + _check_digit(body)
    return text


def is_valid_id_document(value: str) -> bool:
    """Eighteen signs, a date that existed, and the check digit is right."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", value):
        return False
    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    return _check_digit(value[:17]) == value[17]


def _check_digit(body: str) -> str:
    return _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _clean(value: str) -> str:
    """NFKC without the signs nobody sees: control, zero-width and broken ones. Too long is nothing at all."""
    if len(value) > LONGEST:
        return ""
    folded = unicodedata.normalize("NFKC", value)
    text = "".join(c for c in folded if unicodedata.category(c)[0] != "C" or c in "\t\n").strip()
    return text if len(text) <= LONGEST else ""
