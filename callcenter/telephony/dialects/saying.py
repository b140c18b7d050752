"""How an answer is said, whatever its dialect: what follows what, and which address is asked next. Pure.

A kind of answer is told apart from the others in one place, `Verbs.parts`; a dialect gives the words for each of its parts:
elements of XML, verbs of JSON, lines of text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from callcenter.telephony.dialects.words import (
    Again,
    Answer,
    Ask,
    Divert,
    Goodbye,
    Line,
    Lines,
    Links,
    Nothing,
    Ring,
    Wait,
)

Part = TypeVar("Part")


@dataclass(frozen=True)
class Verbs(ABC, Generic[Part]):
    """The words of a dialect for one document. Each method answers the parts that do one thing."""

    links: Links

    def parts(self, answer: Answer) -> list[Part]:
        """The whole document, in order."""
        match answer:
            case Ask():
                return self.ask(answer, self.links.to("keys", answer.place.query()))
            case Wait():
                return self.spoken(answer.lines, self.wait(answer, {"language": answer.language}))
            case Ring():
                told = {"reservation": answer.reservation, "language": answer.language} | dict(answer.back)
                return self.spoken(answer.lines, self.ring(answer, told))
            case Divert():
                return self.spoken(answer.lines, self.divert(answer.number))
            case Goodbye():
                return self.spoken(answer.lines, self.hang_up())
            case Again():
                return self.again(answer.seconds, self.links.to(answer.hook, answer.query))
            case Nothing():
                return self.nothing()

    def spoken(self, lines: Lines, what: Sequence[Part]) -> list[Part]:
        """These lines are said, and then that is done."""
        return [*map(self.say, lines), *what]

    @abstractmethod
    def say(self, line: Line) -> Part: ...

    @abstractmethod
    def ask(self, ask: Ask, where: str) -> list[Part]:
        """Its lines, the keys awaited, and where they are told."""

    @abstractmethod
    def wait(self, wait: Wait, told: Mapping[str, str]) -> list[Part]:
        """The caller waits. `told` goes along with each address that is asked next."""

    @abstractmethod
    def ring(self, ring: Ring, told: Mapping[str, str]) -> list[Part]:
        """An agent, or the customer of a call that goes out. `told` goes along with the addresses."""

    @abstractmethod
    def divert(self, number: str) -> list[Part]: ...

    @abstractmethod
    def hang_up(self) -> list[Part]: ...

    @abstractmethod
    def again(self, seconds: int, where: str) -> list[Part]: ...

    def nothing(self) -> list[Part]:
        return []


class QueueVerbs(Verbs[Part]):
    """Of a platform that holds callers in a queue of its own: in there it may be told little, and asks again by itself."""

    def document(self, answer: Answer, hook: str) -> list[Part]:
        """The whole document: at `wait` the caller is in the queue, at every other hook outside it."""
        return self.inside(answer) if hook == "wait" else self.parts(answer)

    def inside(self, answer: Answer) -> list[Part]:
        if isinstance(answer, Again):
            return self.again_inside(answer)
        if not isinstance(answer, Wait):
            return [self.leave()]  # whatever it is, it is said at `action`
        if answer.music and not answer.lines:
            return [self.play(answer)]
        return self.spoken(answer.lines, [self.pause(answer.seconds)])

    def wait(self, wait: Wait, told: Mapping[str, str]) -> list[Part]:
        action, waiting = self.links.to("action", told), self.links.to("wait", told)
        return [self.enqueue(wait.queue or "zhiyin", action=action, waiting=waiting)]

    def again(self, seconds: int, where: str) -> list[Part]:
        return [self.pause(seconds), self.redirect(where)]

    def again_inside(self, again: Again) -> list[Part]:
        return [self.pause(again.seconds)]

    @abstractmethod
    def enqueue(self, name: str, *, action: str, waiting: str) -> Part: ...

    @abstractmethod
    def leave(self) -> Part: ...

    @abstractmethod
    def play(self, wait: Wait) -> Part: ...

    @abstractmethod
    def pause(self, seconds: int) -> Part: ...

    @abstractmethod
    def redirect(self, where: str) -> Part: ...
