"""Which word counts: the trusted, the newest or the most frequent, the same whatever the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.identity.golden import RULES, FieldRule, Word, choose, rival

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def word(value: str, source: str, days: int, trust: float = 0.5, *, is_held: bool = False) -> Word:
    return Word(value=value, source=source, observed_at=NOW - timedelta(days=days), trust=trust, is_held=is_held)


def told(field: str, *words: Word) -> str:
    found = choose(field=field, words=words)
    assert found is not None
    return found.word.value


def test_each_field_goes_by_its_rule() -> None:
    words = (word("a", "crm", 90, 0.9), word("b", "shop", 1, 0.2), word("c", "web", 30), word("c", "app", 60))
    assert [told(field, *words) for field in ("name", "language", "birth_year")] == ["a", "b", "c"]


def test_among_equals_who_stands_stays_and_nobody_is_nobody() -> None:
    assert told("name", word("陈美", "crm", 90, is_held=True), word("陈小美", "shop", 1)) == "陈美"
    assert choose(field="name", words=[word("", "crm", 1)]) is None
    assert rival([word("a", "crm", 9), word("b", "shop", 3), word("c", "web", 5)], "a") == word("b", "shop", 3)


def test_half_the_trust_is_left_after_the_promised_time() -> None:
    assert word("a", "crm", 180, 0.8).confidence(NOW) == pytest.approx(0.4)


WORDS = st.lists(
    st.builds(word, st.sampled_from("abc"), st.sampled_from(["crm", "shop", "web"]), st.integers(0, 900),
              st.sampled_from([0.2, 0.5, 0.9])), min_size=1, max_size=6,
)  # fmt: skip


@given(field=st.sampled_from(sorted(RULES)), words=WORDS)
def test_the_order_does_not_matter_and_the_choice_was_said(field: str, words: list[Word]) -> None:
    assert told(field, *words) == told(field, *reversed(words))
    assert told(field, *words) in {one.value for one in words}


def test_an_order_of_sources_counts_before_trust_where_trust_does() -> None:
    words = (word("a", "crm", 90, 0.9), word("b", "shop", 1, 0.2), word("c", "web", 30, 0.1))
    for rule, order, wanted in (
        ("trusted", ("web",), "c"), ("trusted", ("shop", "web"), "b"), ("trusted", ("app",), "a"), ("newest", ("web",), "b"),
    ):  # fmt: skip
        found = choose(field="name", words=words, rules={"name": FieldRule(rule=rule, order=order)})
        assert found is not None and found.word.value == wanted, (rule, order)
