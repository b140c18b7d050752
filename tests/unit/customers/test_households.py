"""Who belongs together: two weak signs or a strong one, never what everybody shares."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from customers.households.finding import find, shared
from customers.households.rules import RULES, SIGNALS

HOUSEHOLD, CAMPUS, BY_CODE, BY_PAYER = RULES
SIGNS = st.sampled_from(sorted(HOUSEHOLD.weights))
TOLD = st.lists(st.tuples(SIGNS, st.sampled_from("abc"), st.integers(1, 14).map(lambda n: UUID(int=n))), max_size=40)


def who(*numbers: int) -> frozenset[UUID]:
    return frozenset(UUID(int=n) for n in numbers)


def groups(*told: tuple[str, str, tuple[int, ...]]) -> list[frozenset[UUID]]:
    rows = [(signal, what, UUID(int=n)) for signal, what, people in told for n in people]
    return [group.members for group in find(told=shared(rows), rule=HOUSEHOLD)]


def test_one_weak_sign_is_none_and_two_are_a_household() -> None:
    assert groups(("landline", "x", (1, 2))) == []
    assert groups(("landline", "x", (1, 2)), ("landline", "y", (1, 2))) == []  # twice the same sign is one
    assert groups(("landline", "x", (1, 2)), ("address", "a", (1, 2, 3))) == [who(1, 2)]
    assert groups(("broadband", "b", (1, 2)), ("broadband", "c", (2, 3))) == [who(1, 2, 3)]


def test_what_eleven_share_joins_nobody_and_eleven_joined_are_no_household() -> None:
    assert groups(("broadband", "b", tuple(range(1, 12)))) == []
    chain = [("broadband", f"{n}", (n, n + 1)) for n in range(1, 11)]
    assert groups(*chain) == []
    assert len(groups(*chain[:9])) == 1


def test_the_payer_is_the_head() -> None:
    payer = UUID(int=1)
    (group,) = find(told=shared([("payer", str(payer), who_) for who_ in (payer, UUID(int=2))]), rule=HOUSEHOLD)
    assert (group.heads, group.because) == (who(1), {"payer": 2})


def test_a_school_is_a_campus_from_five_and_a_payer_of_twenty_an_enterprise() -> None:
    told = shared([("school", "中山大学", UUID(int=n)) for n in range(1, 6)])
    assert [group.members for group in find(told=told, rule=CAMPUS)] == [who(1, 2, 3, 4, 5)]
    paid = [("payer", "p", UUID(int=n)) for n in range(1, 21)]
    assert [len(group.members) for group in find(told=shared(paid), rule=BY_PAYER)] == [20]
    assert find(told=shared(paid[:19]), rule=BY_PAYER) == []


def test_every_weight_is_of_a_signal_there_is() -> None:
    assert {code for rule in RULES for code in rule.weights} <= {signal.code for signal in SIGNALS}


@given(told=TOLD)
def test_groups_keep_their_bounds_never_overlap_and_do_not_depend_on_the_order(
    told: list[tuple[str, str, UUID]],
) -> None:
    found = find(told=shared(told), rule=HOUSEHOLD)
    assert all(2 <= len(group.members) <= 10 and group.strength >= HOUSEHOLD.needs for group in found)
    assert sum(len(group.members) for group in found) == len(frozenset().union(*(group.members for group in found)))
    assert found == find(told=shared(reversed(told)), rule=HOUSEHOLD)
