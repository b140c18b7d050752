"""Signs add up and none alone is certain; what is nobody's business is never a tag."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.activity import meaning
from customers.fraud.signals import BY_KEY, OPENS_AT, SIGNALS, score

FOUND = st.lists(
    st.tuples(st.sampled_from(sorted(BY_KEY)), st.floats(0.01, 1)), max_size=8, unique_by=lambda one: one[0]
)


@given(found=FOUND)
def test_more_signs_never_mean_less_and_nothing_is_certain(found: list[tuple[str, float]]) -> None:
    assert 0 <= score(found) < 1
    for one in found:
        assert score([each for each in found if each != one]) <= score(found)


def test_one_strong_sign_may_open_a_case_a_weak_one_may_not() -> None:
    assert score([("document_numbers", 1.0)]) == pytest.approx(0.6) and OPENS_AT <= 0.6
    assert score([("early_arrears", 1.0)]) < OPENS_AT <= score([("early_arrears", 1.0), ("refunds", 0.75)])
    assert all(0 < one.weight < 1 for one in SIGNALS)
    assert score([("unknown", 1.0)]) == 0


def test_content_has_a_tag_and_forbidden_content_none() -> None:
    assert meaning.tag_of("film") == "film_fan"
    assert meaning.tag_of("music:lin_xia") == "music_fan:lin_xia"
    assert meaning.tag_of("cooking") == "likes:cooking"
    assert meaning.is_forbidden("Health:clinic") and not meaning.is_forbidden("healthy_cooking")
    assert meaning.names("home:440106") == ("Lives in 广东天河区", "居住地：广东天河区")
    assert meaning.district("JP") == "JP"
