"""A kind of facts: its columns, how a row is understood, and into which table it goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date, tzinfo
from typing import Any, NamedTuple

from customers.imports.mapping import by_names
from customers.imports.refusals import Wrong, gettext_noop
from customers.imports.steps import Step, prepared

# Whom a row speaks of: the first of these that it fills. `key` is the key of the source's own record of the person.
WHO: dict[str, tuple[str, ...]] = {
    "key": ("key", "customerid", "customerkey", "客户编号", "客户号"),
    "phone": ("phone", "number", "mobile", "msisdn", "phonenumber", "手机", "手机号", "手机号码", "号码", "电话"),
    "landline": ("landline", "固话", "固定电话"), "email": ("email", "mail", "邮箱", "电子邮箱"),
    "member": ("member", "memberno", "会员号", "会员编号"), "wechat": ("wechat", "unionid", "微信", "微信号"),
    "broadband": ("broadband", "宽带账号", "宽带"),
}  # fmt: skip


class Told(NamedTuple):
    """One row as we understand it. `fields` is its fact as JSON, the columns of its table by name."""

    number: int
    key: str  # of the source's own record of the person, "" where another identifier leads there
    identifiers: tuple[tuple[str, str], ...]  # at most one: kind and value, normalised
    fields: str
    cells: Mapping[str, str]  # the row as it stood, for the file of those that find nobody
    sealed: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table: its name and its type in PostgreSQL."""

    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where facts go. A fact is known by its customer and `keys`; `values` are what a later row corrects.

    `fixed` are columns that every new row gets, as SQL; `also` narrows what counts as told before; `allowed` says of
    `customer` whether such facts of them may be kept. In all of them %(source)s and %(now)s may stand.
    """

    table: str
    keys: tuple[Column, ...]
    values: tuple[Column, ...]
    fixed: Mapping[str, str] = made_by(default_factory=dict)
    also: str = "true"
    allowed: str = "true"
    by_customer: bool = True  # whether the customer is part of what a fact is known by


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What reading a row may ask: the day it is, the zone times are meant in, and codes that are known."""

    today: date
    zone: tzinfo
    known: Mapping[str, Any]


Cells = Mapping[str, str]  # field → text, filled ones only
Read = Callable[[Cells, Reading], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of facts. `read` makes a row's columns of its cells and raises Wrong with the field as its column."""

    code: str
    name: Any  # gettext_lazy
    synonyms: Mapping[str, tuple[str, ...]]  # of the fields besides those of WHO
    names: Mapping[str, Any]  # field → gettext_lazy
    needed: tuple[str, ...]
    read: Read
    target: Target
    known: Callable[[], Mapping[str, Any]] = dict
    either: tuple[str, ...] = ()  # of these one is needed as well

    @property
    def fields(self) -> tuple[str, ...]:
        return (*WHO, *self.synonyms)

    def propose(self, header: Sequence[str]) -> dict[str, str]:
        """Which column means what, by its name."""
        fields = {**WHO, **self.synonyms}
        return by_names(header, {name: field for field, names in fields.items() for name in (field, *names)})

    def missing(self, chosen: Iterable[str]) -> tuple[str, ...]:
        """Fields without which no row can be understood; of those in the first group one would do."""
        told = set(chosen)
        if not told & set(WHO):
            return tuple(WHO)
        if self.either and not told & set(self.either):
            return self.either
        return tuple(field for field in self.needed if field not in told)[:1]


class FactReader:
    """Rows of one file as facts of one kind."""

    sensitive: Mapping[str, str] = {}  # no field of a fact is sealed

    def __init__(
        self, *, kind: Kind, mapping: Mapping[str, str], spell: Callable[[str, str], str], steps: Sequence[Step],
        reading: Reading,
    ) -> None:  # fmt: skip
        self._kind, self._spell, self._reading = kind, spell, reading
        self._field_of = dict(mapping)
        self._column_of = {field: column for column, field in mapping.items()}
        self._steps = prepared(steps) if steps else None

    def prepared(self, cells: Mapping[str, str]) -> Mapping[str, str]:
        """The cells as the steps make them. Raises Wrong where one cannot be done."""
        return cells if self._steps is None else self._steps(cells)

    def read(self, *, number: int, cells: Mapping[str, str]) -> Told:
        """One row. Raises Wrong with the column and a sentence."""
        ready = self.prepared(cells)
        told = {field: text for column, field in self._field_of.items() if (text := ready.get(column, "").strip())}
        key, identifiers = self._who(told)
        try:
            for field in self._kind.needed:
                if field not in told:
                    raise Wrong(
                        field, gettext_noop("“%(field)s” is empty; without it the row says nothing."), field=field
                    )
            fact = self._kind.read(told, self._reading)
        except Wrong as wrong:
            raise Wrong(self._column_of.get(wrong.column, wrong.column), wrong.sentence, **wrong.facts) from None
        return Told(number, key, identifiers, json.dumps(fact, ensure_ascii=False), cells)

    def _who(self, told: Cells) -> tuple[str, tuple[tuple[str, str], ...]]:
        for field in WHO:
            if (text := told.get(field)) is None:
                continue
            if field == "key":
                return text[:80], ()
            spelled = self._spell(field, text)
            if not spelled:
                column = self._column_of[field]
                raise Wrong(
                    column, gettext_noop("“%(value)s” cannot be a value of “%(field)s”."), value=text[:40], field=field
                )
            return "", ((field, spelled),)
        raise Wrong("", gettext_noop("The row does not say whom it speaks of."))
