"""Where a caller is sent outside, in whatever spelling somebody named it; and each dialect dials it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.telephony.destinations import dialled, is_sip
from callcenter.telephony.dialects import httapi, jambonz, plain, rtjson, twiml
from callcenter.telephony.dialects.ari.acts import DIVERTED, Command
from callcenter.telephony.dialects.ari.switchboard import Switchboard
from callcenter.telephony.dialects.words import Divert, Line, Links


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("sip:night@partner.example", "sip:night@partner.example"),
        ("SIPS:night@10.1.2.3:5061;transport=tcp", "SIPS:night@10.1.2.3:5061;transport=tcp"),
        ("tel:+86-10-8888-6666;ext=17", "+861088886666"),
        ("(010) 8888 6666", "01088886666"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("10086", "10086"),
        ("*72", "*72"),
        ("queue:night", ""),
        ("night desk", ""),
        ("sip:", ""),
        ("sip:a b@c", ""),
        ("1" * 40, ""),
        ("", ""),
    ],
)
def test_a_destination_is_read_as_people_write_it(written: str, address: str) -> None:
    assert dialled(written) == address


@given(st.text(max_size=60))
def test_what_is_dialled_holds_nothing_a_switch_could_stumble_over(written: str) -> None:
    address = dialled(written)
    assert not any(letter.isspace() or letter in '<>"' for letter in address)
    assert dialled(address) == address


LINKS = Links(base="https://zhiyin.example/telephony/pbx-1")


@pytest.mark.parametrize("where", ["sip:night@partner.example", "+861088886666"])
def test_each_dialect_sends_a_diverted_caller_there(where: str) -> None:
    kind = "Sip" if is_sip(where) else "Number"
    assert f"<Dial><{kind}>{where}</{kind}></Dial>" in str(twiml.write(Divert(number=where), "action", LINKS).body)
    bare = where.removeprefix("sip:")
    assert bare in str(httapi.write(Divert(number=where), "action", LINKS).body)
    assert "loopback/sip:" not in str(httapi.write(Divert(number=where), "action", LINKS).body)
    assert where in str(jambonz.write(Divert(number=where), "action", LINKS).body)
    assert where in str(rtjson.write(Divert(number=where), "action", LINKS).body)
    said = str(
        plain.write(Divert(number=where, lines=(Line(text="稍候", language="zh"),)), "action", LINKS).body
    ).splitlines()
    assert said[:2] == ["action=divert", f"contact={where}"], "where a dialplan looks for it, whatever is said besides"


def test_an_asterisk_lets_a_diverted_caller_go_on_in_the_dialplan_and_silences_the_agent() -> None:
    board = Switchboard(app="zhiyin", endpoint="PJSIP/{user}")
    board.heard({"type": "StasisStart", "channel": {"id": "chen"}, "args": []})
    ring = {"kind": "route", "external_id": "chen", "reservation": "r_1", "contact": "sip:1017@x", "ring_s": 20}
    board.told(ring | {"headers": {}})
    done = board.told({"kind": "drop", "external_id": "chen", "to": "tel:+86-10-8888-6666"})
    silenced, sent = (act for act in done if isinstance(act, Command))
    assert (silenced.method, sent.path) == ("DELETE", "/channels/chen/continue")
    assert sent.query == {"context": DIVERTED, "extension": "+861088886666"}
    assert board.heard({"type": "StasisEnd", "channel": {"id": "chen"}}) == [], "that they left is no news"
    assert board.told({"kind": "drop", "external_id": "chen"}) == []
