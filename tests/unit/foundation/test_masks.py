"""A mask lets a person be recognised and gives nothing to anyone else."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.foundation import masks

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
LATIN = st.text(st.sampled_from(string.ascii_letters + "éüñ-'"), min_size=2, max_size=20)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("+861012345678", "010****5678"),
        ("+8675588881234", "075****1234"),
        ("+442079460958", "+44****0958"),
        ("+12125550100", "+12****0100"),
        ("13812345678", "138****5678"),
        ("10086", "****"),
        ("anonymous", "****"),
        ("", "****"),
    ],
)
def test_phone(number: str, shown: str) -> None:
    assert masks.phone(number) == shown


@pytest.mark.parametrize(
    ("paper", "shown"),
    [("50010119900307123X", "5001****123X"), ("G12345678", "****78"), ("1234", "****"), ("", "****")],
)
def test_id_document(paper: str, shown: str) -> None:
    assert masks.id_document(paper) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),  # nothing left but the surname: then it was none
        ("张", "***"),
        ("阿凡提·买买提", "阿**"),
        ("John Smith", "J*** S***"),
        ("Malcolm X", "M*** ***"),
        ("Mei 13812345678", "M*** ***"),
        ("Ｊｏｈｎ", "J***"),
        ("", ""),
    ],
)
def test_person(name: str, shown: str) -> None:
    assert masks.person(name) == shown


@pytest.mark.parametrize(
    ("mail", "shown"),
    [
        ("alice@example.com", "a***@example.com"),
        ("a@example.com", "***@example.com"),
        ("mei@chenmei.cn", "m***@c***"),
        ("mei.chen@chen-family.cn", "m***@c***"),
        ("no mail at all", "***"),
        ("@example.com", "***"),
    ],
)
def test_email(mail: str, shown: str) -> None:
    assert masks.email(mail) == shown


def test_an_unknown_kind_is_hidden_most() -> None:
    assert masks.identifier(kind="palm_print", value="left-hand-77") == "***77"
    assert masks.identifier(kind="wechat", value="zhang3") == "***"


@given(st.text(string.digits, min_size=5, max_size=15), st.sampled_from(["", "+", "+86", "+1"]))
def test_a_phone_never_shows_more_than_seven_digits_in_two_runs(digits: str, prefix: str) -> None:
    shown = masks.phone(prefix + digits)
    assert "****" in shown
    assert digits not in shown
    assert sum(sign.isdigit() for sign in shown) <= max(7, len(digits) // 2)
    assert len(digits) - max(len(run) for run in shown.replace("+", "").split("****")) >= 4


@given(st.text(string.digits + "X", min_size=1, max_size=20))
def test_a_paper_keeps_at_least_half_of_itself(paper: str) -> None:
    shown = masks.id_document(paper).replace("****", "")
    assert len(shown) <= max(len(paper) * 8 // 15, 0)
    assert paper not in masks.id_document(paper)


@given(st.text(HAN, min_size=2, max_size=8))
def test_a_chinese_given_name_never_shows(name: str) -> None:
    shown = masks.person(name)
    visible = shown.rstrip("*")
    assert len(visible) < len(name)
    assert shown.endswith("*")
    assert name.startswith(visible)


@given(st.lists(LATIN, min_size=1, max_size=6))
def test_an_english_name_shows_initials_alone(words: list[str]) -> None:
    for shown in masks.person(" ".join(words)).split():
        assert shown == "***" or (len(shown) == 4 and shown.endswith("***"))


@given(
    st.text(string.ascii_lowercase + string.digits + "._+-", min_size=2, max_size=30),
    st.sampled_from(["qq.com", "example.com"]),
)
def test_the_local_part_of_a_mail_never_shows(local: str, domain: str) -> None:
    shown = masks.email(f"{local}@{domain}")
    assert local not in shown.partition("@")[0]
    assert local not in shown or len(local) < 2


@given(st.text(max_size=200))
def test_no_mask_fails_on_any_text(value: str) -> None:
    for kind in ("phone", "landline", "email", "id_document", "wechat", "member"):
        shown = masks.identifier(kind=kind, value=value)
        assert "***" in shown
        assert len(value) < 2 or shown != value or set(value) == {"*"}
    assert value.strip() == "" or masks.person(value) != value or set(value) <= set("* ")
