"""What a queue asks: a tree that is stored, written and read again, and says of everybody whether they may serve."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing.requirements import (
    AllOf,
    AnyOf,
    Condition,
    HasSkill,
    HasTrait,
    InTeam,
    IsAgent,
    Not,
    Person,
    Unreadable,
    is_short,
    levels,
    parse,
    read,
    stored,
)

LIN = Person(key="1001", team="north", skills={"billing": 4, "lang-en": 2}, traits=frozenset({"patient"}))
OMAR = Person(key="1002", team="night", skills={"billing": 2})

keys = st.sampled_from(["billing", "lang-en", "retention", "north", "night", "1001", "1002"])
leaves = st.one_of(
    st.builds(HasSkill, keys, st.integers(1, 5)),
    st.builds(HasTrait, keys),
    st.builds(InTeam, keys),
    st.builds(IsAgent, st.lists(keys, min_size=1, max_size=3, unique=True).map(tuple)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(AllOf),
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(AnyOf),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)
people = st.builds(
    Person,
    key=keys,
    team=keys,
    skills=st.dictionaries(keys, st.integers(1, 5), max_size=3),
    traits=st.frozensets(keys, max_size=2),
)


def depth(tree: Condition) -> int:
    return 1 + max((depth(part) for part in tree.parts), default=0)


@given(trees, people)
def test_what_is_stored_or_written_says_the_same_when_read_again(tree: Condition, person: Person) -> None:
    assume(depth(tree) <= 4)  # deeper trees are refused, whichever way they come
    again = [read(stored(tree)), parse(tree.text())]
    assert [one.admits(person) for one in again] == [tree.admits(person)] * 2


@given(trees, people)
def test_what_is_met_is_reached_whole_and_what_is_not_is_not(tree: Condition, person: Person) -> None:
    assert 0.0 <= tree.reached(person) <= 1.0
    assert tree.admits(person) == (tree.reached(person) >= 1.0)


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    with suppress(Unreadable):
        assert isinstance(parse(text), Condition)


def test_the_plain_mapping_is_all_of_its_skills() -> None:
    short = read({"billing": 3, "lang-en": 2})
    assert short == read({"all": [{"skill": "billing", "at_least": 3}, {"skill": "lang-en", "at_least": 2}]})
    assert stored(short) == {"billing": 3, "lang-en": 2} and is_short(stored(short))
    assert (short.admits(LIN), short.admits(OMAR)) == (True, False)
    assert read({}).admits(OMAR) and read({}).text() == ""


@pytest.mark.parametrize(
    ("text", "lin", "omar"),
    [
        ("", True, True),
        ("billing >= 3", True, False),
        ("billing", True, True),
        ("billing ≥ 2 and not team:night", True, False),
        ("trait:patient or team:night", True, True),
        ("billing >= 5 or (lang-en >= 2 and trait:patient)", True, False),
        ("not agent:1001,1003 and billing >= 1", False, True),
        ("AGENT >= 1 or agent:1002", False, True),
    ],
)
def test_as_people_write_it(text: str, lin: bool, omar: bool) -> None:
    found = parse(text)
    assert (found.admits(LIN), found.admits(OMAR)) == (lin, omar)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("billing >= 6", "from 1 to 5"),
        ("billing >= ", "too early"),
        ("billing and", "too early"),
        ("(billing >= 1", "“)” is missing"),
        ("billing >= 1 lang-en >= 2", "“lang-en” was not expected"),
        ("sex:female", "“sex:” is not known"),
        ("billing; drop", "cannot be read"),
        ("not " * 9 + "billing", "deep"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence.replace("(", "\\(").replace(")", "\\)")):
        parse(text)


@pytest.mark.parametrize(
    "asked",
    [[], "billing", {"all": []}, {"any": {}}, {"agent": []}, {"skill": "x"}, {"trait": ["x"]}, {"team": "a b"},
     {"any": [{"trait": "x"}], "not": {"trait": "y"}}],
)  # fmt: skip
def test_json_that_says_nothing_is_refused(asked: object) -> None:
    with pytest.raises(Unreadable):
        read(asked)


def test_preferred_conditions_are_reached_by_degrees() -> None:
    wish = parse("billing >= 5 and trait:patient")
    assert wish.reached(LIN) == pytest.approx(0.9)
    assert parse("billing >= 4 or trait:none").reached(OMAR) == 0.5


def test_scores_look_at_the_skills_it_names_outside_a_not() -> None:
    assert levels(parse("(billing >= 2 or billing >= 4) and not lang-en >= 3")) == {"billing": 4}
