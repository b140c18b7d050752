"""Strict fields: a value has the type the contract says, or the request is refused. Nothing is guessed or converted."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from callcenter.foundation.errors import Invalid

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
MOST_ATTRIBUTE_BYTES = 4096


class Text(serializers.CharField):
    """A string, as it stands; blanks around it are cut."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Word(Text):
    """A short text that names something: no control characters."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not text.isprintable():
            raise serializers.ValidationError("This name holds characters that cannot be printed.")
        return text


class Choice(serializers.ChoiceField):
    """One of a fixed list of words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a string.")
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError:
            words = ", ".join(str(word) for word in self.choices)
            raise serializers.ValidationError(f"{data[:60]!r} is none of {words}.") from None


class Whole(serializers.IntegerField):
    """A whole number, written as a number."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class YesNo(serializers.BooleanField):
    """true or false, nothing else."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This must be true or false.")
        return data


def is_instant(text: str) -> bool:
    """Whether this is written as an instant is; there may be no such day."""
    return _INSTANT.fullmatch(text) is not None


def instant(text: object) -> datetime | None:
    """The time that a text states, in UTC; None where it states none, or one that no calendar has."""
    if not isinstance(text, str) or not is_instant(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Instant(serializers.DateTimeField):
    """RFC 3339 with its offset; UTC afterwards."""

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not is_instant(data):
            raise serializers.ValidationError("This must be a time as 2026-03-04T05:06:07.089Z, with its offset.")
        if (value := instant(data)) is None:
            raise serializers.ValidationError("There is no such time.")
        return value


class Moment(Instant):
    """An instant from which others are reckoned, days before and after it: not at the edge of the calendar."""

    def to_internal_value(self, data: Any) -> datetime:
        value = super().to_internal_value(data)
        if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise serializers.ValidationError(f"This must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}.")
        return value


class Uuid(serializers.UUIDField):
    """A UUID in its usual spelling."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": True})
class Attributes(serializers.JSONField):
    """Whatever the switch wants kept with the call: a JSON object of at most 4 KB, never interpreted."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("This must be an object.")
        if len(json.dumps(data, ensure_ascii=False).encode()) > MOST_ATTRIBUTE_BYTES:
            raise serializers.ValidationError(f"This is larger than {MOST_ATTRIBUTE_BYTES} bytes.")
        return data


@extend_schema_field({"type": "object", "additionalProperties": True})
class Whatever(serializers.JSONField):
    """A JSON object whose inside is judged elsewhere."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("This must be an object.")
        return data


# --- at once --------------------------------------------------------------------------------------------------------
# Of a call's events nearly all is right, and to have each of eighteen fields say so by DRF's rules took a tenth of the web
# process's time. What plainly is right is taken as it stands; of the rest DRF is judge, and words the sentence.
class _NotPlain(Exception):
    """It may be wrong, or right after a conversion."""


def _plain_text(field: Text) -> Callable[[Any], str]:
    shortest, longest = max(field.min_length or 0, not field.allow_blank), field.max_length or sys.maxsize

    def judged(value: Any) -> str:
        if (
            type(value) is str
            and shortest <= len(value) <= longest
            and value.isprintable()
            and value == value.strip(" ")
        ):
            return value
        raise _NotPlain

    return judged


def _plain_choice(field: Choice) -> Callable[[Any], Any]:
    words = {word: value for word, value in field.choice_strings_to_values.items() if word}

    def judged(value: Any) -> Any:
        if type(value) is str and value in words:
            return words[value]
        raise _NotPlain

    return judged


def _plain_whole(field: Whole) -> Callable[[Any], int]:
    least = -sys.maxsize if field.min_value is None else field.min_value
    most = sys.maxsize if field.max_value is None else field.max_value

    def judged(value: Any) -> int:
        if type(value) is int and least <= value <= most:
            return value
        raise _NotPlain

    return judged


# By the exact class: a subclass may judge otherwise.
_PLAIN: dict[type, Callable[[Any], Callable[[Any], Any]]] = {
    Text: _plain_text,
    Word: _plain_text,
    Choice: _plain_choice,
    Whole: _plain_whole,
}


# What DRF makes of the bounds that a field states, and of letters that no database takes.
_BOUNDS = frozenset({
    MaxLengthValidator, MinLengthValidator, MaxValueValidator, MinValueValidator, ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
})  # fmt: skip


def _plainly(field: serializers.Field[Any, Any, Any, Any]) -> Callable[[Any], Any]:
    """The value of this field, or _NotPlain or ValidationError."""
    made = _PLAIN.get(type(field))
    is_bound_alone = all(type(validator) in _BOUNDS for validator in field.validators)
    return made(field) if made is not None and is_bound_alone else field.run_validation


@dataclass(frozen=True, kw_only=True)
class _Plain:
    """How a form takes what plainly is right."""

    judges: dict[str, Callable[[Any], Any]]
    nullable: frozenset[str]
    required: frozenset[str]
    stated: dict[str, Callable[[], Any]]  # what stands for a field that is left out


class Form(serializers.Serializer[Any]):
    """What an item may hold. Its instances keep nothing of what they check: `form_of` makes one for all."""

    knows_all = False  # what it does not know is refused

    def run_validation(self, data: Any = empty) -> Any:
        try:
            return self.validate(self._taken_at_once(data))
        except (_NotPlain, serializers.ValidationError):
            return super().run_validation(data)

    def _taken_at_once(self, data: Any) -> dict[str, Any]:
        plain = self._plain
        if plain is None or type(data) is not dict or not plain.required <= data.keys():
            raise _NotPlain
        values = {name: made() for name, made in plain.stated.items() if name not in data}
        for name, value in data.items():
            if judged := plain.judges.get(name):
                values[name] = None if value is None and name in plain.nullable else judged(value)
            elif self.knows_all:
                raise _NotPlain
        return values

    @cached_property
    def _plain(self) -> _Plain | None:
        """None where a field is judged by the form itself."""
        fields = dict(self.fields)
        if any(hasattr(self, f"validate_{name}") or field.read_only for name, field in fields.items()):
            return None
        return _Plain(
            judges={name: _plainly(field) for name, field in fields.items()},
            nullable=frozenset(name for name, field in fields.items() if field.allow_null),
            required=frozenset(name for name, field in fields.items() if field.required),
            stated={name: field.get_default for name, field in fields.items() if field.default is not empty},
        )


class Request(Form):
    """A body whose every field is known. `read` answers its values or raises one Invalid naming all that is wrong."""

    knows_all = True

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {name: ["This field is not known here."] for name in data if name not in self.fields}
            if unknown:
                raise serializers.ValidationError(unknown, code="unknown_field")
        return super().to_internal_value(data)


@cache
def form_of(form: type[Form]) -> Form:
    """One instance of a form for all requests: it keeps nothing of what it checks, and its fields are costly to build."""
    return form()


def read(form: type[Request], value: Any) -> dict[str, Any]:
    """The checked fields of a body. Raises Invalid (unknown_field, invalid_field) with every fault by JSON pointer."""
    if not isinstance(value, Mapping):
        raise Invalid(
            "The body must be a JSON object.", errors=[_fault("", "invalid_field", "This must be an object.")]
        )
    try:
        return dict(form_of(form).run_validation(value))
    except serializers.ValidationError as wrong:
        faults = list(_faults("", wrong.detail))
    code = "unknown_field" if faults[0]["code"] == "unknown_field" else "invalid_field"
    first = faults[0]
    raise Invalid(f"{first['pointer'] or 'The body'}: {first['detail']}", code=code, errors=faults)


def first_fault(wrong: serializers.ValidationError) -> tuple[str, str]:
    """JSON pointer and sentence of the first thing that is wrong."""
    first = next(_faults("", wrong.detail))
    return first["pointer"], first["detail"]


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def _faults(pointer: str, errors: Any) -> Any:
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            here = (
                pointer
                if name == "non_field_errors"
                else f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
            )
            yield from _faults(here, inner)
    elif isinstance(errors, list):
        for inner in errors:
            yield from _faults(pointer, inner)
    else:
        code = "unknown_field" if getattr(errors, "code", "") == "unknown_field" else "invalid_field"
        yield _fault(pointer, code, str(ErrorDetail(errors)))
