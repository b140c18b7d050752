"""Strict reading of JSON: every field is asked for by name, what nobody asked for is refused, with path and reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, NoReturn, Protocol, TypeVar, runtime_checkable

from customers.catalogue.explanations import word
from customers.catalogue.refusals import CHINESE

Choice = TypeVar("Choice", bound=StrEnum)
NUMBER = re.compile(r"\d{1,15}(\.\d{1,6})?")
MISSING = object()
_WORDS = frozenset({"service", "source", "scope", "unit", "base"})  # gaps of codes that have words


class Sentence(ValueError):
    """What cannot be right, as a sentence to act on: in English here, in Chinese by the table in `refusals`."""

    def __init__(self, sentence: str, /, **gaps: object) -> None:
        super().__init__(sentence)
        self.sentence, self.gaps = sentence, gaps

    def __str__(self) -> str:
        return self.to("en")

    def to(self, language: str) -> str:
        """In a language; the names of fields and codes stay as the sheet writes them."""
        if not language.startswith("zh"):
            return self.sentence.format(**{name: in_language(gap, language) for name, gap in self.gaps.items()})
        said = {
            name: word(str(gap), language) if name in _WORDS else in_language(gap, language)
            for name, gap in self.gaps.items()
        }
        return CHINESE.get(self.sentence, self.sentence).format(**said)


@runtime_checkable
class Told(Protocol):
    def to(self, language: str) -> str: ...


def in_language(value: object, language: str) -> object:
    """A gap's value: what has words of its own says them."""
    return value.to(language) if isinstance(value, Told) else value


class TariffRefused(Sentence):
    """A plan that cannot be right; `path` names the field."""

    def __init__(self, path: str, sentence: str, /, **gaps: object) -> None:
        super().__init__(sentence, **gaps)
        self.path = path

    def __str__(self) -> str:
        return self.placed("en")

    def placed(self, language: str) -> str:
        """With the place before it, for rows of a file."""
        return f"{self.path}: {self.to(language)}" if self.path else self.to(language)


class Node:
    """One JSON object being read. `done` refuses every field that was not read."""

    def __init__(self, raw: object, path: str) -> None:
        self.path = path
        if not isinstance(raw, Mapping):
            raise TariffRefused(path, "an object in braces is needed, not {raw}.", raw=_shown(raw))
        self._raw: Mapping[str, Any] = raw
        self._read: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the field is there and not null; a null counts as read."""
        self._read.add(key)
        return self._raw.get(key) is not None

    @property
    def raw(self) -> Mapping[str, Any]:
        return self._raw

    def refuse(self, key: str, sentence: str, /, **gaps: object) -> NoReturn:
        raise TariffRefused(self.at(key), sentence, **gaps)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def value(self, key: str, default: Any = MISSING) -> Any:
        self._read.add(key)
        found = self._raw.get(key)
        if found is not None:
            return found
        if default is MISSING:
            self.refuse(key, "this field is missing.")
        return default

    def whole(self, key: str, default: Any = MISSING, *, least: int = 0, most: int = 2**62) -> int:
        found = self.value(key, default)
        if isinstance(found, bool) or not isinstance(found, int):
            self.refuse(
                key, "a whole number is needed, not {found}; money is in fen, never a fraction.", found=_shown(found)
            )
        if not least <= found <= most:
            if most < 2**62:
                self.refuse(
                    key, "{found} is not allowed; it must be {least} or more and at most {most}.",
                    found=found, least=least, most=most,
                )  # fmt: skip
            self.refuse(key, "{found} is not allowed; it must be {least} or more.", found=found, least=least)
        return found

    def number(self, key: str) -> Fraction:
        """An exact number: a whole one, or a decimal in quotes. Floats are refused, 1.3 is none in binary."""
        found = self.value(key)
        if isinstance(found, str) and NUMBER.fullmatch(found):
            return Fraction(found)
        if isinstance(found, float):
            self.refuse(key, 'write {found} in quotes, "{found}", so that it stays exact.', found=found)
        return Fraction(self.whole(key))

    def text(self, key: str, default: Any = MISSING) -> str:
        found = self.value(key, default)
        if not isinstance(found, str):
            self.refuse(key, "a text is needed, not {found}.", found=_shown(found))
        return found

    def flag(self, key: str, default: bool) -> bool:
        found = self.value(key, default)
        if not isinstance(found, bool):
            self.refuse(key, "true or false is needed, not {found}.", found=_shown(found))
        return found

    def one_of(self, key: str, choices: tuple[str, ...], default: Any = MISSING) -> str:
        found = self.value(key, default)
        if found not in choices:
            self.refuse(key, "{found} is none of {listed}.", found=_shown(found), listed=", ".join(choices))
        return str(found)

    def choice(self, key: str, kind: type[Choice], default: Any = MISSING) -> Choice:
        return kind(self.one_of(key, tuple(kind), default))

    def day(self, key: str, default: date | None) -> date | None:
        found = self.value(key, None)
        if found is None:
            return default
        try:
            return date.fromisoformat(found)
        except (TypeError, ValueError):
            self.refuse(key, 'a day like "2018-05-31" is needed, not {found}.', found=_shown(found))

    def texts(self, key: str, default: Any = MISSING) -> tuple[str, ...]:
        """A list of texts, or one text standing for a list of one."""
        found = self.value(key, default)
        many = [found] if isinstance(found, str) else found
        if not isinstance(many, list | tuple) or not all(isinstance(one, str) and one for one in many):
            self.refuse(key, "a list of names is needed, not {found}.", found=_shown(found))
        if len(set(many)) < len(many):
            self.refuse(key, "a name stands here twice.")
        return tuple(many)

    def node(self, key: str) -> Node:
        return Node(self.value(key, {}), self.at(key))

    def nodes(self, key: str) -> Iterator[Node]:
        found = self.value(key, [])
        if not isinstance(found, list | tuple):
            self.refuse(key, "a list is needed, not {found}.", found=_shown(found))
        for index, raw in enumerate(found):
            yield Node(raw, f"{self.at(key)}[{index}]")

    def __iter__(self) -> Iterator[str]:
        """The names of the fields, for objects whose names are data."""
        return iter(self._raw)

    def done(self) -> None:
        for key in self._raw:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                self.refuse(str(key), "this field is not known here; known are {known}.", known=known)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
