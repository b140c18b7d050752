"""However an identifier is typed, it finds the same row."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customers.identity.normalise import guess_kind, is_valid_id_document, kinds_probed, normalise

ZHANG_SAN = "+8613800138000"


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+8613800138000",
        "0086-13800138000",
        "008613800138000",
        "86 13800138000",
        "（+86）138 0013 8000",
        "１３８００１３８０００",
        "tel:+86-138-0013-8000",
        "sip:+8613800138000@switch.example",
        "\u200b138\u200b00138000",
        " 13800138000\t",
    ],
)
def test_one_mobile_number_in_all_its_spellings(typed: str) -> None:
    assert normalise(kind="phone", value=typed) == ZHANG_SAN


@pytest.mark.parametrize("typed", ["", "   ", "anonymous", "10086", "/", "' OR 1=1 --", "\x00", "1" * 400, "🤙"])
def test_what_is_no_number_is_nothing(typed: str) -> None:
    assert normalise(kind="phone", value=typed) == ""


def test_mail_papers_and_members() -> None:
    assert normalise(kind="email", value=" Mei.Chen@Example.COM ") == "mei.chen@example.com"
    assert normalise(kind="email", value="mei chen@example.com") == ""
    assert normalise(kind="id_document", value="11010519491231002x") == "11010519491231002X"
    assert normalise(kind="id_document", value="110105491231002") == "11010519491231002X"  # 15 digits, as before 1999
    assert normalise(kind="member", value="m 0042") == "M0042"
    assert normalise(kind="qq", value="10001a") == ""
    assert normalise(kind="wechat", value="oABC") == "oABC"  # open ids keep their case


def test_a_paper_with_a_wrong_check_digit_keeps_its_spelling() -> None:
    assert not is_valid_id_document("110105194912310021")
    assert normalise(kind="id_document", value="110105194912310021") == "110105194912310021"
    assert not is_valid_id_document("11010519490231002X")  # no 31 February, whatever the digit


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("mei@example.com", "email"),
        ("11010519491231002X", "id_document"),
        ("138 0013 8000", "phone"),
        ("zhang_san", ""),
        ("42", ""),
    ],
)
def test_the_kind_is_guessed_only_without_doubt(value: str, kind: str) -> None:
    assert guess_kind(value) == kind


def test_a_number_is_looked_for_among_mobiles_and_landlines() -> None:
    assert kinds_probed("phone") == kinds_probed("landline") == ("phone", "landline")
    assert kinds_probed("email") == ("email",)


@example("U\u200b\u0304", "wechat")  # an accent that meets its letter once the sign between them is gone
@given(
    st.text(max_size=300), st.sampled_from(["phone", "email", "id_document", "wechat", "qq", "weibo", "member", "web"])
)
def test_nothing_the_database_would_refuse_comes_out(value: str, kind: str) -> None:
    spelled = normalise(kind=kind, value=value)
    assert "\x00" not in spelled
    assert len(spelled) <= 160
    spelled.encode("utf-8")
    assert normalise(kind=kind, value=spelled) == spelled
