"""One caller is one number, however the switch spells it."""

from __future__ import annotations

import pytest

from callcenter.foundation.phones import e164


@pytest.mark.parametrize(
    "spelling",
    [
        "13812345678",
        "+86 138 1234 5678",
        "0086 138-1234-5678",
        "8613812345678",
        "１３８１２３４５６７８",
        "sip:13812345678@sbc.example",
        "sip:+8613812345678@sbc.example;user=phone",
        "Zhang San <sip:+8613812345678@sbc.example>;tag=9",
        "sips:%2B8613812345678@sbc.example",
        "tel:+86-138-1234-5678;phone-context=+86",
        "13812345678@pbx",
    ],
)
def test_every_spelling_of_zhang_sans_number_is_one(spelling: str) -> None:
    assert e164(spelling) == "+8613812345678"


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("010-6552 9988", "+861065529988"),
        ("tel:+442079460000", "+442079460000"),
        ("0044 20 7946 0000", "+442079460000"),
    ],
)
def test_landlines_and_other_countries(spelling: str, expected: str) -> None:
    assert e164(spelling) == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "+",
        "anonymous",
        "Anonymous",
        "sip:anonymous@anonymous.invalid",
        "restricted",
        "unavailable",
        "1001",
    ]
    + [
        "10086",
        "95588",
        "sip:alice@example.com",
        "sip:",
        "\x00",
        "9" * 400,
        "++86",
        "<sip:>",
    ],
)
def test_who_hides_or_has_no_number_has_none(spelling: str) -> None:
    assert e164(spelling) == ""
