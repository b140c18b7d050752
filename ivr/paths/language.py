"""The path query language: `main > billing > * > agent and not done and wait > 60s`. Text in, tree out. Pure.

    query = clause { "or" clause }            clause = part { "and" part }
    part  = [ "not" ] ( "(" query ")" | fact | way )
    way   = [ "^" ] step { ">" step } [ "$" ]
    step  = "*" | [ "!" ] what [ times ] [ "(" compare seconds ")" ]
    what  = "?" (any one step) | node | "[" node { "|" node } "]" | "key" "(" word ")" [ "@" node ]
    times = "{" n [ "," [ m ] ] "}"
    fact  = ( "outcome" | "reason" | "final" | "queue" | "version" | "tag" ) ( "=" | "!=" ) word
          | ( "wait" | "handle" | "seconds" | "steps" | "repeat" ) compare number [ "s" | "m" | "h" | "d" ]
          | flag [ "@" node ]
    flag  = "done" | "loop" | "restart" | "zero_out" | "error" | "no_input" | "no_match" | "bad_key" | "barge_in" | "transfer"

A node that bears a word of the language is written in quotes. The last step may be how the call ended: agent, done, hung_up,
system, unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

OUTCOME_WORDS = {
    "agent": "agent", "done": "task", "task": "task", "hung_up": "hangup", "hangup": "hangup", "system": "system",
    "unknown": "unknown",
}  # fmt: skip
WORD_FACTS = ("outcome", "reason", "final", "queue", "version", "tag")
NUMBER_FACTS = ("wait", "handle", "seconds", "steps", "repeat")
FLAGS = ("done", "loop", "restart", "zero_out", "error", "no_input", "no_match", "bad_key", "barge_in", "transfer")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
MOST_CHARACTERS, MOST_DEPTH, MOST_TIMES, MOST_GAPS = 500, 20, 100, 5


class QuerySyntax(ValueError):
    """What is wrong with a query: a sentence, and the place of the character it points at."""

    def __init__(self, sentence: str, place: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.place = place


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A comparison with a number: of seconds, or of steps."""

    sign: str  # < <= > >= =
    value: float


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a way: any of these nodes (or none of them), so many times in a row, each as long as said."""

    nodes: tuple[str, ...] = ()  # () any node
    negated: bool = False
    least: int = 1
    most: int | None = 1  # None: as many as there are
    stay: Bound | None = None  # seconds in the node
    key: str | None = None  # pressed in it


@dataclass(frozen=True, kw_only=True)
class Gap:
    """`*`: any steps, or none."""


@dataclass(frozen=True, kw_only=True)
class Way:
    items: tuple[Step | Gap, ...]
    from_start: bool = False
    to_end: bool = False
    place: int = 0  # where it begins in the text


@dataclass(frozen=True, kw_only=True)
class WordFact:
    name: str
    word: str
    negated: bool


@dataclass(frozen=True, kw_only=True)
class NumberFact:
    name: str
    bound: Bound


@dataclass(frozen=True, kw_only=True)
class Flag:
    name: str
    node: str = ""  # "" anywhere
    place: int = 0


@dataclass(frozen=True, kw_only=True)
class Not:
    of: Query


@dataclass(frozen=True, kw_only=True)
class All:
    of: tuple[Query, ...]


@dataclass(frozen=True, kw_only=True)
class Either:
    of: tuple[Query, ...]


Query = Way | WordFact | NumberFact | Flag | Not | All | Either

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?=[a-z]?(?![\w./-])))|(?P<word>\w[\w./-]*)|"(?P<quoted>[^"]*)"
    |(?P<sign><=|>=|!=|[<>=!^$*?()\[\]{}|,@]))""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Token:
    kind: str  # number | word | quoted | sign | end
    text: str
    place: int


def parse(text: str) -> Query:
    """The tree of a query. Raises QuerySyntax, which points at the character."""
    if len(text) > MOST_CHARACTERS:
        raise QuerySyntax(f"A query holds at most {MOST_CHARACTERS} characters.", MOST_CHARACTERS)
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            place += len(text[place:]) - len(text[place:].lstrip())
            hint = (
                "The quotation mark is never closed." if text[place] == '"' else f"{text[place]!r} means nothing here."
            )
            raise QuerySyntax(hint, place)
        kind = str(match.lastgroup)
        start = match.start(kind) - (kind == "quoted")
        found.append(_Token(kind, match.group(kind), start))
        place = match.end()
    return [*found, _Token("end", "", len(text))]


class _Parser:
    """Recursive descent, one method a rule of the grammar above."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def whole(self) -> Query:
        if self.now.kind == "end":
            self.fail("Write at least one node, for instance: main > billing.")
        found = self.query()
        if self.now.kind != "end":
            self.fail(f"{self.now.text!r} does not follow here; join parts by 'and', 'or' or '>'.")
        return found

    def query(self) -> Query:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self.fail(f"Brackets go at most {MOST_DEPTH} deep.")
        parts = [self.clause()]
        while self.took_word("or"):
            parts.append(self.clause())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Either(of=tuple(parts))

    def clause(self) -> Query:
        parts = [self.part()]
        while self.took_word("and"):
            parts.append(self.part())
        return parts[0] if len(parts) == 1 else All(of=tuple(parts))

    def part(self) -> Query:
        if self.took_word("not"):
            self.depth += 1
            if self.depth > MOST_DEPTH:
                self.fail(f"At most {MOST_DEPTH} times 'not'.")
            found = Not(of=self.part())
            self.depth -= 1
            return found
        if self.took("("):
            inside = self.query()
            self.need(")", "The bracket is never closed.")
            return inside
        return self.fact() or self.way()

    def fact(self) -> Query | None:
        if self.now.kind != "word":
            return None
        name, after = self.now.text, self.tokens[self.at + 1]
        if name in WORD_FACTS and after.text in {"=", "!="} and after.kind == "sign":
            self.at += 2
            return self.word_fact(name, negated=after.text == "!=")
        compared = after.kind == "sign" and after.text in {"<", "<=", ">", ">=", "="}
        if name in NUMBER_FACTS and compared and (after.text != ">" or self.tokens[self.at + 2].kind == "number"):
            self.at += 1
            return NumberFact(name=name, bound=self.bound())
        if name in FLAGS and not (after.kind == "sign" and after.text in {">", "{", "$"}):
            self.at += 1
            place = after.place + 1
            return Flag(name=name, node=self.name("After @ comes a node.") if self.took("@") else "", place=place)
        return None

    def word_fact(self, name: str, *, negated: bool) -> WordFact:
        place = self.now
        if place.kind not in {"word", "quoted", "number"}:
            self.fail(f"After {name} = comes a word.")
        self.at += 1
        word = place.text
        if name == "outcome":
            if word not in OUTCOME_WORDS:
                self.fail(f"{word!r} is no outcome; write agent, done, hung_up, system or unknown.", place)
            word = OUTCOME_WORDS[word]
        return WordFact(name=name, word=word, negated=negated)

    def bound(self) -> Bound:
        sign = self.now.text
        if sign not in {"<", "<=", ">", ">=", "="}:
            self.fail("Here comes <, <=, >, >= or =.")
        self.at += 1
        if self.now.kind != "number":
            self.fail("Here comes a number, for instance 20s.")
        value = float(self.now.text)
        number = self.now
        self.at += 1
        unit = ""
        if self.now.kind == "word" and self.now.place == number.place + len(number.text):
            unit = self.now.text
            if unit not in UNITS:
                self.fail(f"{unit!r} is no unit; write s, m, h or d.")
            self.at += 1
        return Bound(sign=sign, value=value * UNITS[unit])

    def way(self) -> Way:
        place = self.now.place
        from_start = self.took("^")
        items = [self.item()]
        while self.took(">"):
            items.append(self.item())
        if sum(isinstance(item, Gap) for item in items) > MOST_GAPS:
            raise QuerySyntax(f"A way holds at most {MOST_GAPS} times '*'; join two ways by 'and'.", place)
        return Way(items=tuple(items), from_start=from_start, to_end=self.took("$"), place=place)

    def item(self) -> Step | Gap:
        if self.took("*"):
            return Gap()
        negated = self.took("!")
        nodes, key = self.nodes_and_key()
        least, most = self.times()
        stay = None
        if self.took("("):
            stay = self.bound()
            self.need(")", "The bracket of the time is never closed.")
        return Step(nodes=nodes, negated=negated, least=least, most=most, stay=stay, key=key)

    def nodes_and_key(self) -> tuple[tuple[str, ...], str | None]:
        after = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.now.kind == "word" and self.now.text == "key" and after.text == "(" and after.kind == "sign":
            self.at += 2
            key = self.name("Here comes the key that was pressed.", keys=True)
            self.need(")", "The bracket of the key is never closed.")
            return ((self.name("After @ comes a node."),) if self.took("@") else ()), key
        if self.took("?"):
            return (), None
        if self.took("["):
            nodes = [self.name("Inside [ ] come nodes, parted by |.")]
            while self.took("|"):
                nodes.append(self.name("After | comes a node."))
            self.need("]", "The bracket [ is never closed.")
            return tuple(nodes), None
        return (self.name("Here comes a node, * or [a|b]."),), None

    def name(self, otherwise: str, *, keys: bool = False) -> str:
        token = self.now
        fits = token.kind in {"word", "quoted", "number"} or (keys and token.text == "*")
        if not fits or (token.kind == "word" and token.text in {"and", "or", "not"}):
            self.fail(otherwise)
        self.at += 1
        return token.text

    def times(self) -> tuple[int, int | None]:
        if not self.took("{"):
            return 1, 1
        place = self.now
        least = self.count()
        most: int | None = least
        if self.took(","):
            most = None if self.now.text == "}" else self.count()
        if most is not None and most < least:
            self.fail("The second number is smaller than the first.", place)
        self.need("}", "The bracket { is never closed.")
        return least, most

    def count(self) -> int:
        if self.now.kind != "number" or "." in self.now.text:
            self.fail("Here comes a whole number.")
        value = int(self.now.text)
        if value > MOST_TIMES:
            self.fail(f"At most {MOST_TIMES} times.")
        self.at += 1
        return value

    def took(self, sign: str) -> bool:
        if self.now.kind == "sign" and self.now.text == sign:
            self.at += 1
            return True
        return False

    def took_word(self, word: str) -> bool:
        if self.now.kind == "word" and self.now.text == word:
            self.at += 1
            return True
        return False

    def need(self, sign: str, otherwise: str) -> None:
        if not self.took(sign):
            self.fail(otherwise)

    def fail(self, sentence: str, token: _Token | None = None) -> NoReturn:
        raise QuerySyntax(sentence, (token or self.now).place)
