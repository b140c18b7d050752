"""Ada looks up a few customers an hour; sixty-one are too many for anybody, and thirty are for her."""

from __future__ import annotations

import pytest

from callcenter.accounts.alarming import Threshold, strange

ADA = [4, 6, 5, 7, 5, 4, 6, 5, 7, 5, 4, 6, 5, 7, 5, 4, 6, 5, 7, 5]  # twenty hours: mean 5.4, deviation 1.02


@pytest.mark.parametrize(
    ("looked", "hours", "why"),
    [
        (61, [], "many"),
        (60, [], None),  # nothing is known of the person: the rule for everybody alone
        (30, ADA, "unusual"),
        (20, ADA, None),  # unusual, and too few to speak of
        (30, ADA[:-1], None),  # nineteen hours are no habit
        (40, [35, 45] * 10, None),  # for this person it is an hour like any other
        (61, [55, 65] * 10, "many"),
    ],
)
def test_what_is_strange(looked: int, hours: list[int], why: str | None) -> None:
    found = strange(looked=looked, hours=hours, rule=Threshold())
    assert (found.why if found else None) == why


def test_another_rule_judges_otherwise_and_the_usual_hour_is_told() -> None:
    assert strange(looked=11, hours=[], rule=Threshold(most=10, least=5)) is not None
    found = strange(looked=30, hours=ADA, rule=Threshold())
    assert found is not None and found.usual == pytest.approx(5.4)
    assert strange(looked=30, hours=ADA, rule=Threshold(sigmas=10, least=30)) is None
