"""Which calls a path query means: one regular expression per way, run once per variant, then checked call by call. Pure.

Nodes become single characters, so that a way is an ordinary regular expression. Times and keys are no matter of the variant:
they are checked on the calls whose variant could fit.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from difflib import get_close_matches

import numpy as np

from ivr.paths.language import (
    OUTCOME_WORDS,
    All,
    Bound,
    Either,
    Flag,
    Gap,
    Not,
    NumberFact,
    Query,
    QuerySyntax,
    Step,
    Way,
    WordFact,
    parse,
)  # fmt: skip
from ivr.paths.store import (
    AGAIN,
    BARGE,
    END_LETTER,
    NODE_LETTER,
    OUTCOMES,
    TASK,
    TRANSFER,
    ZERO_OUT,
    Array,
    Mask,
    PathStore,
)  # fmt: skip

ERRORS = ("no_input", "no_match", "bad_key")  # in the order of the store's kinds
LONG = 24  # steps
_SIGNS: dict[str, Callable[[Array, float], Mask]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


def matching(
    text: str, store: PathStore, *, roots: frozenset[str] = frozenset(), known: frozenset[str] = frozenset()
) -> Mask:
    """The calls that a query means. `known` nodes may be named though no call met them. Raises QuerySyntax."""
    return _Search(store, roots, known).mask(parse(text))


class _Search:
    def __init__(self, store: PathStore, roots: frozenset[str], known: frozenset[str]) -> None:
        self.store = store
        self.roots = roots
        self.known = known | set(store.nodes)

    def mask(self, query: Query) -> Mask:
        if isinstance(query, All | Either):
            masks = [self.mask(one) for one in query.of]
            found: Mask = (np.logical_and if isinstance(query, All) else np.logical_or).reduce(masks)
            return found
        if isinstance(query, Not):
            return ~self.mask(query.of)
        if isinstance(query, WordFact):
            return self._word(query)
        if isinstance(query, NumberFact):
            return self._number(query)
        return self._flag(query) if isinstance(query, Flag) else self._way(query)

    def _word(self, fact: WordFact) -> Mask:
        store = self.store
        if fact.name == "tag":
            sets = [place for place, some in enumerate(store.tag_sets) if fact.word in some]
            found: Mask = np.isin(store.tags, sets)
        else:
            column, names = {
                "outcome": (store.outcome, OUTCOMES),
                "reason": (store.chosen, store.reasons),
                "final": (store.final, store.reasons),
                "queue": (store.queue, store.queues),
                "version": (store.version, store.versions),
            }[fact.name]
            found = column == (names.index(fact.word) if fact.word in names else -2)
        kept: Mask = ~found if fact.negated else found
        return kept

    def _number(self, fact: NumberFact) -> Mask:
        store, compare = self.store, _SIGNS[fact.bound.sign]
        if fact.name == "repeat":  # how soon the caller rang again: who did not is in no such set
            followed: Mask = (store.gap_s >= 0) & compare(store.gap_s, fact.bound.value)
            return followed
        column = {
            "wait": store.wait_s,
            "handle": store.handle_s,
            "seconds": store.span / 1000,
            "steps": store.length,
        }[fact.name]
        return compare(column, fact.bound.value)

    def _flag(self, flag: Flag) -> Mask:
        store = self.store
        if flag.name == "done" and not flag.node:
            finished: Mask = store.outcome == OUTCOMES.index("task")
            return finished
        steps = self._flagged(flag.name)
        if flag.node:
            if flag.node not in self.known:
                raise self._unknown(flag.node, flag.place)
            steps = steps[store.code[steps] == store.node(flag.node)]
        return self._calls_of(steps)

    def _flagged(self, name: str) -> Array:
        """The steps at which it happened."""
        store = self.store
        if name == "error":
            return store.error_step
        if name in ERRORS:
            kind: Array = store.error_step[store.error_kind == ERRORS.index(name)]
            return kind
        if name == "restart":
            roots = [store.node(root) for root in self.roots]
            again: Array = store.again_step[np.isin(store.code[store.again_step], roots)]
            return again
        bit = {"loop": AGAIN, "zero_out": ZERO_OUT, "barge_in": BARGE, "done": TASK, "transfer": TRANSFER}[name]
        return np.flatnonzero(store.flags & bit)

    def _calls_of(self, steps: Array) -> Mask:
        found = np.zeros(len(self.store), np.bool_)
        found[self.store.call[steps]] = True
        return found

    def _way(self, way: Way) -> Mask:
        pattern = re.compile(self._regex(way))
        store = self.store
        first, which, texts = store.variants
        fits = pattern.search
        # Long variants are not given to the regular expression, which might wander; no call in between: there are thousands.
        may = (
            fits(text) is not None if len(text) <= LONG else self._holds(way, call, nodes_only=True)
            for call, text in zip(first.tolist(), texts, strict=True)
        )
        fitting = np.fromiter(may, bool, len(first))
        found: Mask = fitting[which]
        if any(isinstance(item, Step) and (item.stay or item.key is not None) for item in way.items):
            if self._is_straight(way):
                return found & self._straight(way)
            for call in np.flatnonzero(found).tolist():
                found[call] = self._holds(way, call)
        return found

    def _is_straight(self, way: Way) -> bool:
        """Steps one directly after the other, each once, each at a node."""
        return all(
            isinstance(item, Step) and item.least == item.most == 1 and self.known.issuperset(item.nodes)
            for item in way.items
        )

    def _straight(self, way: Way) -> Mask:
        """Such a way with its times and keys, on all steps at once."""
        store, long = self.store, len(way.items)
        if store.steps < long:
            return np.zeros(len(store), np.bool_)
        places = store.steps - long + 1
        found = store.call[:places] == store.call[long - 1 :]
        for nth, item in enumerate(way.items):
            if isinstance(item, Step):
                found &= self._fit(item, slice(nth, nth + places))
        begins = np.flatnonzero(found)
        if way.from_start:
            begins = begins[store.offset[:-1][store.call[begins]] == begins]
        if way.to_end:
            begins = begins[store.last[store.call[begins]] == begins + long - 1]
        return self._calls_of(begins)

    def _fit(self, item: Step, steps: slice) -> Mask:
        """Which steps are what an item asks for."""
        store = self.store
        found: Mask = np.ones(steps.stop - steps.start, np.bool_)
        if item.nodes:
            wanted = np.zeros(len(store.nodes), np.bool_)
            wanted[[code for code in map(store.node, item.nodes) if code >= 0]] = True
            found = wanted[store.code[steps]] != item.negated
        if item.key is not None:
            found &= store.key[steps] == (store.keys.index(item.key) if item.key in store.keys else -1)
        if item.stay is not None:
            found &= (store.dwell[steps] >= 0) & _SIGNS[item.stay.sign](store.dwell[steps] / 1000, item.stay.value)
        return found

    def _regex(self, way: Way) -> str:
        parts = [self._part(item, way, is_last=place == len(way.items) - 1) for place, item in enumerate(way.items)]
        ends = f"[{chr(END_LETTER)}-{chr(END_LETTER + len(OUTCOMES) - 1)}]"
        start = r"\A" if way.from_start else ""
        end = rf"{ends}?\Z" if way.to_end else ""
        return start + "".join(parts) + end

    def _part(self, item: Step | Gap, way: Way, *, is_last: bool) -> str:
        any_node = f"[{chr(NODE_LETTER)}-{chr(NODE_LETTER + 0xFFFF)}]"
        if isinstance(item, Gap):
            return f"{any_node}*"
        letters = "".join(self._letter(node, way, is_last) for node in item.nodes)
        if not item.nodes:
            one = any_node
        elif item.negated:
            one = f"(?:(?![{letters}]){any_node})" if letters else any_node
        else:
            one = f"[{letters}]" if letters else "(?!)"
        most = "" if item.most is None else str(item.most)
        return f"{one}{{{item.least},{most}}}"

    def _letter(self, node: str, way: Way, is_last: bool) -> str:
        if node in self.known:
            code = self.store.node(node)
            return "" if code < 0 else chr(NODE_LETTER + code)
        if node in OUTCOME_WORDS and is_last:
            return chr(END_LETTER + OUTCOMES.index(OUTCOME_WORDS[node]))
        raise self._unknown(node, way.place)

    def _unknown(self, node: str, place: int) -> QuerySyntax:
        near = get_close_matches(node, [*self.known, *OUTCOME_WORDS], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return QuerySyntax(f"There is no node {node!r}.{hint}", place)

    def _holds(self, way: Way, call: int, *, nodes_only: bool = False) -> bool:
        """The way with its times and keys, by sets of places reached: what the regular expression cannot see."""
        steps = self.store.steps_of(call)
        codes = self.store.code[steps].tolist()
        here = {0} if way.from_start else set(range(len(codes) + 1))
        for place, item in enumerate(way.items):
            if isinstance(item, Gap):
                here = set(range(min(here, default=len(codes) + 1), len(codes) + 1))
                continue
            ends = place == len(way.items) - 1 and self._is_end(item, call)
            after = self._advance(item, codes, here, None if nodes_only else steps.start)
            here = after | ({len(codes) + 1} if ends and len(codes) in here else set())
            if not here:
                return False
        return not way.to_end or bool(here & {len(codes), len(codes) + 1})

    def _is_end(self, item: Step, call: int) -> bool:
        if item.negated or item.least > 1 or item.most == 0 or item.stay or item.key is not None:
            return False
        words = [node for node in item.nodes if node not in self.known]
        return any(OUTCOME_WORDS.get(word) == OUTCOMES[int(self.store.outcome[call])] for word in words)

    def _advance(self, item: Step, codes: list[int], here: set[int], start: int | None) -> set[int]:
        wanted = {self.store.node(node) for node in item.nodes if node in self.known}
        fits = [
            self._fits(item, code, None if start is None else start + place, wanted) for place, code in enumerate(codes)
        ]
        reached: set[int] = set(here) if item.least == 0 else set()
        front, times = set(here), 0
        while front and (item.most is None or times < item.most):
            front = {place + 1 for place in front if place < len(codes) and fits[place]}
            times += 1
            if times >= item.least:
                if item.most is None and front <= reached:
                    break
                reached |= front
        return reached

    def _fits(self, item: Step, code: int, step: int | None, wanted: set[int]) -> bool:
        if item.nodes and (code in wanted) == item.negated:
            return False
        if step is None:
            return True
        if item.key is not None:
            pressed = int(self.store.key[step])
            if (self.store.keys[pressed] if pressed < len(self.store.keys) else "") != item.key:
                return False
        return item.stay is None or _within(item.stay, int(self.store.dwell[step]))


def _within(bound: Bound, ms: int) -> bool:
    return ms >= 0 and bool(_SIGNS[bound.sign](np.array([ms / 1000]), bound.value)[0])
