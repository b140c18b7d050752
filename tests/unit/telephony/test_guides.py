"""What the pages “connect your …” tell an engineer to paste does what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from callcenter.telephony.dialects import plain, ringing_back
from callcenter.telephony.dialects.guides import BY_DIALECT, filled
from callcenter.telephony.dialects.words import Divert, Goodbye, Line, Links, Ring

ROOT = Path(__file__).resolve().parents[3]
VALUES = {
    "host": "https://calls.example.com",
    "base": "https://calls.example.com/telephony/pbx-1",
    "api": "https://calls.example.com/api/v1",
    "trunk": "pbx-1",
    "group": "pbx",
    "key": "zk_ab12cd34_secret",
}


def _codes(dialect: str) -> list[str]:
    return [filled(step, **VALUES) for step in BY_DIALECT[dialect].steps if step.code]


def _document(answer: Any) -> list[str]:
    return plain.write(answer, "wait", Links(base=VALUES["base"])).body.splitlines()


def test_kamailios_lines_are_those_of_the_shipped_file() -> None:
    shipped = (ROOT / "deploy" / "kamailio" / "zhiyin-local.cfg").read_text("utf-8")
    own = re.findall(r'^#!substdef "!(\w+)!.*!g"$', shipped, re.MULTILINE)
    told = dict(re.findall(r'^#!substdef "!(\w+)!(.*)!g"$', _codes("kamailio")[-1], re.MULTILINE))
    assert set(told) == set(own) - {"ZHIYIN_SIP", "ZHIYIN_GATEWAY"}
    assert told == {"ZHIYIN_API": VALUES["api"], "ZHIYIN_KEY": VALUES["key"], "ZHIYIN_SOURCE": VALUES["group"]}
    used = (ROOT / "deploy" / "kamailio" / "kamailio.cfg").read_text("utf-8")
    assert all(name in used for name in told)


def test_the_dialplan_reads_our_answer_where_it_stands() -> None:
    """Asterisk takes lines by their number: another order would ring a number that is none."""
    plan = next(code for code in _codes("text") if "same => n(ring)" in code)
    ring = _document(Ring(call="1.1", contact="sip:1017@desk.example", ring_s=20, reservation="r_1"))
    assert ring[:4] == ["action=dial", "contact=sip:1017@desk.example", "ring=20", "reservation=r_1"]
    assert [f"CUT(SAID,\\n,{place})" in plan for place in (2, 3, 4)] == [True] * 3
    assert f'${{SAID:0:{len(ring[0])}}}" = "{ring[0]}"' in plan
    over = _document(Goodbye())[0]
    assert f'${{SAID:0:{len(over)}}}" = "{over}"' in plan
    away = _document(Divert(number="+861084110011", lines=(Line(text="稍候", language="zh"),)))
    assert away[:2] == ["action=divert", "contact=+861084110011"]
    assert f'${{SAID:0:{len(away[0])}}}" = "{away[0]}"' in plan, "else the caller would wait for ever"
    labels = set(re.findall(r"n\((\w+)\)", plan))
    assert set(re.findall(r"(?:Goto\(|\?)(\w+)", plan)) == labels


def test_what_is_reported_by_hand_is_dated_now() -> None:
    """An event of a fixed day is kept and not applied: it would be the engineer's first riddle."""
    assert all("$(date -u" in code for code in _codes("native") if '"at"' in code)


def test_every_switch_that_can_be_told_to_dial_is_shown_how() -> None:
    for dialect in ringing_back.DIALECTS:
        shown = "\n".join(_codes(dialect))
        assert "https://calls.example.com" in shown
        assert {"$answer_path", "$status_path"} <= set(re.findall(r"\$\w+_path", shown)), dialect
    assert any("&httapi({$HOW,url=https://calls.example.com$answer_path})" in code for code in _codes("httapi"))
