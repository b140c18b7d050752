"""What a queue asks of an agent, as a tree of conditions: one grammar for matching, pages, tables and the API. Pure.

As JSON: `{"skill": "billing", "at_least": 3}`, `{"trait": "patient"}`, `{"team": "north"}`, `{"agent": ["1001", "1002"]}`,
`{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`. The short form of "all of these skills" is `{"billing": 3, "lang-en": 2}`.
As text, for people: `billing >= 3 and (lang-en >= 2 or trait:patient) and not team:night and agent:1001,1002`.
Required, a tree filters; preferred, it scores: how much of it an agent reaches, 0–1.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

DEEPEST = 8  # levels of a tree
MOST = 100  # leaves of a tree
_KEY = re.compile(r"[-a-zA-Z0-9_]{1,48}")
_TOKEN = re.compile(r"\s*(?:(>=|≥|[(),:])|([-a-zA-Z0-9_]+))")
_GRAMMAR = frozenset({"skill", "at_least", "trait", "team", "agent", "all", "any", "not"})
_WORDS = frozenset({"and", "or", "not"})


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation; whoever shows it translates it."""
    return sentence


_ = gettext_noop


class Unreadable(Exception):
    """A condition that says nothing: a sentence with places and their values."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values)
        self.sentence, self.values = sentence, values


@dataclass(frozen=True, kw_only=True)
class Person:
    """An agent as conditions look at them."""

    key: str = ""
    team: str = ""
    skills: Mapping[str, int] = field(default_factory=dict)  # in force today
    traits: frozenset[str] = frozenset()


class Condition(ABC):
    """One node of the tree."""

    def admits(self, person: Person) -> bool:
        """Whether this person meets it."""
        return self.reached(person) >= 1.0

    @abstractmethod
    def reached(self, person: Person) -> float:
        """How much of it this person reaches, 0–1; 1 = meets it."""

    @abstractmethod
    def as_json(self) -> dict[str, Any]:
        """The tree as it is stored."""

    @abstractmethod
    def text(self) -> str:
        """The tree as people write it."""

    @property
    def parts(self) -> tuple[Condition, ...]:
        return ()

    def leaves(self) -> Iterator[Condition]:
        """Everything that names something."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class HasSkill(Condition):
    skill: str
    at_least: int

    def reached(self, person: Person) -> float:
        return min(person.skills.get(self.skill, 0) / self.at_least, 1.0)

    def as_json(self) -> dict[str, Any]:
        return {"skill": self.skill, "at_least": self.at_least}

    def text(self) -> str:
        return f"{self.skill} >= {self.at_least}"


@dataclass(frozen=True)
class HasTrait(Condition):
    trait: str

    def reached(self, person: Person) -> float:
        return float(self.trait in person.traits)

    def as_json(self) -> dict[str, Any]:
        return {"trait": self.trait}

    def text(self) -> str:
        return f"trait:{self.trait}"


@dataclass(frozen=True)
class InTeam(Condition):
    team: str

    def reached(self, person: Person) -> float:
        return float(self.team == person.team)

    def as_json(self) -> dict[str, Any]:
        return {"team": self.team}

    def text(self) -> str:
        return f"team:{self.team}"


@dataclass(frozen=True)
class IsAgent(Condition):
    agents: tuple[str, ...]

    def reached(self, person: Person) -> float:
        return float(person.key in self.agents)

    def as_json(self) -> dict[str, Any]:
        return {"agent": list(self.agents)}

    def text(self) -> str:
        return "agent:" + ",".join(self.agents)


@dataclass(frozen=True)
class AllOf(Condition):
    """Nothing in it asks nothing."""

    inside: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.inside

    def admits(self, person: Person) -> bool:
        return all(part.admits(person) for part in self.inside)

    def reached(self, person: Person) -> float:
        return fmean(part.reached(person) for part in self.inside) if self.inside else 1.0

    def as_json(self) -> dict[str, Any]:
        return {"all": [part.as_json() for part in self.inside]}

    def text(self) -> str:
        return " and ".join(_inside(part) for part in self.inside)


@dataclass(frozen=True)
class AnyOf(Condition):
    inside: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.inside

    def admits(self, person: Person) -> bool:
        return any(part.admits(person) for part in self.inside)

    def reached(self, person: Person) -> float:
        return max(part.reached(person) for part in self.inside)

    def as_json(self) -> dict[str, Any]:
        return {"any": [part.as_json() for part in self.inside]}

    def text(self) -> str:
        return " or ".join(_inside(part) for part in self.inside)


@dataclass(frozen=True)
class Not(Condition):
    inside: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.inside,)

    def reached(self, person: Person) -> float:
        return 0.0 if self.inside.admits(person) else 1.0

    def as_json(self) -> dict[str, Any]:
        return {"not": self.inside.as_json()}

    def text(self) -> str:
        return f"not {_inside(self.inside)}"


NOTHING = AllOf(())


def _inside(part: Condition) -> str:
    return f"({part.text()})" if isinstance(part, AllOf | AnyOf) else part.text()


# --- as it is stored --------------------------------------------------------------------------------------------------
def read(stored: object) -> Condition:
    """A condition from JSON, tree or short form. Raises Unreadable."""
    found = _short(stored) if is_short(stored) else _node(stored, depth=1)
    if sum(1 for _leaf in found.leaves()) > MOST:
        raise Unreadable(_("At most %(most)s conditions fit."), most=MOST)
    return found


def is_short(stored: object) -> bool:
    """Whether it is skill → least level: the plain form of "all of these skills"."""
    if not isinstance(stored, dict):
        return False
    return all(type(level) is int for level in stored.values()) or _GRAMMAR.isdisjoint(stored)


def stored(condition: Condition) -> dict[str, Any]:
    """As JSON, in the short form where it says the same."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    plain = {part.skill: part.at_least for part in parts if isinstance(part, HasSkill)}
    return plain if len(plain) == len(parts) else condition.as_json()


def levels(condition: Condition) -> dict[str, int]:
    """Every skill it names outside a `not`, with the greatest level: what scores of skill look at."""
    if isinstance(condition, Not):
        return {}
    if isinstance(condition, HasSkill):
        return {condition.skill: condition.at_least}
    found: dict[str, int] = {}
    for part in condition.parts:
        for skill, level in levels(part).items():
            found[skill] = max(level, found.get(skill, 0))
    return found


def _short(asked: Any) -> Condition:
    return AllOf(tuple(_skill(skill, level) for skill, level in asked.items()))


def _node(node: object, *, depth: int) -> Condition:
    if depth > DEEPEST:
        raise Unreadable(_("Conditions may stand %(most)s deep in one another at most."), most=DEEPEST)
    if not isinstance(node, dict) or not node:
        raise Unreadable(_("A condition names a skill, a trait, a team or agents, or all, any, not of others."))
    if node.keys() == {"skill", "at_least"}:
        return _skill(node["skill"], node["at_least"])
    if len(node) != 1:
        raise Unreadable(
            _("A condition says one thing; “%(names)s” are several."), names=", ".join(map(str, node))[:80]
        )
    [(name, value)] = node.items()
    if name in {"all", "any"}:
        parts = tuple(_node(part, depth=depth + 1) for part in _list(name, value))
        return AllOf(parts) if name == "all" else AnyOf(parts)
    if name == "not":
        return Not(_node(value, depth=depth + 1))
    return _leaf(str(name), value)


def _leaf(name: str, value: object) -> Condition:
    match name:
        case "agent":
            keys = _list(name, value if isinstance(value, list) else [value])
            return IsAgent(tuple(dict.fromkeys(_key(one) for one in keys)))
        case "trait":
            return HasTrait(_key(value))
        case "team":
            return InTeam(_key(value))
    raise Unreadable(
        _("“%(name)s” is not a condition: use skill, trait, team, agent, all, any or not."), name=name[:40]
    )


def _list(name: str, value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        raise Unreadable(_("“%(name)s” needs a list."), name=name)
    return value


def _skill(skill: object, level: object) -> HasSkill:
    if type(level) is not int or not 1 <= level <= 5:
        raise Unreadable(_("The level of “%(skill)s” must be a whole number from 1 to 5."), skill=str(skill)[:48])
    return HasSkill(_key(skill), level)


def _key(word: object) -> str:
    if not isinstance(word, str) or not _KEY.fullmatch(word):
        raise Unreadable(_("“%(word)s” is no key: 1 to 48 letters, digits, - and _."), word=str(word)[:40])
    return word


# --- as people write it -----------------------------------------------------------------------------------------------
def parse(text: str) -> Condition:
    """A condition from its text; nothing asks nothing. Raises Unreadable with the place."""
    tokens = _tokens(text)
    if not tokens:
        return NOTHING
    reader = _Reader(tokens)
    found = reader.either(depth=1)
    if reader.at < len(tokens):
        raise Unreadable(_("“%(word)s” was not expected: join conditions by and, or."), word=tokens[reader.at])
    return read(found.as_json())


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(_("“%(word)s” cannot be read."), word=text[at : at + 20].strip())
        tokens.append((found[1] or found[2]).replace("≥", ">="))
        at = found.end()
    return tokens


class _Reader:
    """Descends into the text: or binds least, then and, then not."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def either(self, *, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self._took("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._took("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise Unreadable(_("Conditions may stand %(most)s deep in one another at most."), most=DEEPEST)
        if self._took("not"):
            return Not(self._one(depth + 1))
        if self._took("("):
            found = self.either(depth=depth + 1)
            self._need(")")
            return found
        word = self._word()
        if self._took(">="):
            level = self._word()
            return _skill(word, int(level) if level.isdigit() and level.isascii() else level)
        if not self._took(":"):
            return _skill(word, 1)  # a skill by itself: at any level
        if word == "agent":
            keys = [self._word()]
            while self._took(","):
                keys.append(self._word())
            return IsAgent(tuple(dict.fromkeys(_key(one) for one in keys)))
        if word not in {"trait", "team"}:
            raise Unreadable(_("“%(word)s:” is not known: write trait:, team: or agent:."), word=word)
        return HasTrait(_key(self._word())) if word == "trait" else InTeam(_key(self._word()))

    def _took(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at].lower() == word:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._took(word):
            raise Unreadable(_("A “%(word)s” is missing."), word=word)

    def _word(self) -> str:
        if self.at >= len(self.tokens):
            raise Unreadable(_("The condition ends too early."))
        word = self.tokens[self.at]
        if not _KEY.fullmatch(word) or word.lower() in _WORDS:
            raise Unreadable(
                _("“%(word)s” was not expected: a skill, trait:, team: or agent: is needed."), word=word[:40]
            )
        self.at += 1
        return word
