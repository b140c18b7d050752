"""Refusals: each carries a sentence a person can act on and a stable code a machine can branch on.

Refused
├── NotFound            404
├── Forbidden           403
├── Conflict            409   illegal_transition, version_conflict, in_progress
├── Gone                410   reservation_expired, cursor_expired
├── Invalid             422   invalid_field, unknown_queue, external_id_reused …
├── TooMany             429   reveal_limit; facts: retry_after_s
└── Unavailable         503
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A command was understood and not done. `facts` travel to the caller (state, version, who was first)."""

    status = 400
    code = "refused"

    def __init__(self, sentence: str, *, code: str | None = None, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.code
        self.facts = facts


class NotFound(Refused):
    status = 404
    code = "not_found"


class Forbidden(Refused):
    status = 403
    code = "forbidden"


class Conflict(Refused):
    status = 409
    code = "illegal_transition"


class Gone(Refused):
    status = 410
    code = "reservation_expired"


class Invalid(Refused):
    """`facts["field"]` names the field as a JSON pointer where one field is to blame."""

    status = 422
    code = "invalid_field"


class TooMany(Refused):
    """Understood and allowed, but too often. `facts["retry_after_s"]` says when the next one may come."""

    status = 429
    code = "rate_limited"


class Unavailable(Refused):
    status = 503
    code = "unavailable"
