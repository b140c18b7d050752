"""What an Asterisk tells, doubled, dropped and in any order: nobody is rung twice, and who left is reported once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.telephony.dialects.ari.acts import Act, Arrived, Command, Told
from callcenter.telephony.dialects.ari.switchboard import Switchboard
from tests.thorough import examples

CALLERS = ("zhang-san", "mrs-chen")
AGENTS = ("r_1", "r_2", "r_3")


def _event(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "channel": {"id": name, "state": "Ringing"}} | more


_CALLER = st.sampled_from(CALLERS)
_AGENT = st.sampled_from(AGENTS).map(lambda one: f"zhiyin-agent-{one}")
_HEARD = st.one_of(
    st.builds(_event, st.just("StasisStart"), _CALLER, args=st.just(["billing"])),
    st.builds(_event, st.sampled_from(["StasisEnd", "ChannelDestroyed"]), _CALLER, cause=st.just(16)),
    st.builds(_event, st.just("ChannelStateChange"), _AGENT),
    st.builds(_event, st.just("StasisStart"), _AGENT, args=_CALLER.map(lambda one: ["agent", one])),
    st.builds(_event, st.just("ChannelDestroyed"), _AGENT, cause=st.sampled_from([0, 16, 17, 19, 21, None, "odd"])),
    st.sampled_from(
        [{}, {"type": None}, {"channel": "x"}, {"type": "StasisStart", "channel": {"id": 7}}, {"channel": {}}]
    ),
)
_TOLD = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ["route", "release", "park", "drop", "hold", "resume", "consult", "join", "hand_over", "odd"]
        ),
        "external_id": _CALLER,
        "reservation": st.sampled_from(AGENTS),
        "contact": st.just("sip:1017@desk.example"),
        "ring_s": st.just(20),
        "headers": st.just({"X-Zhiyin-Call": "c_1"}),
        "queue": st.just("billing"),
    }
)


@settings(max_examples=examples(40), deadline=None)
@given(happens=st.lists(_HEARD.map(lambda one: (True, one)) | _TOLD.map(lambda one: (False, one)), max_size=25))
def test_whatever_comes_in_whatever_order_is_answered_soundly(happens: list[tuple[bool, dict[str, Any]]]) -> None:
    board = Switchboard(app="zhiyin", endpoint="PJSIP/{user}")
    on_the_line: Counter[str] = Counter()
    for is_event, said in happens:
        before = set(board.callers)
        acts: list[Act] = board.heard(said) if is_event else board.told(said)
        for act in acts:
            match act:
                case Arrived():
                    assert act.channel not in before
                    on_the_line[act.channel] += 1
                case Told(type="hangup") if is_event:
                    on_the_line[act.channel] -= 1
                case Command():
                    assert act.method in {"POST", "DELETE", "PUT"}
        assert {name for name, there in on_the_line.items() if there} == set(board.callers)
        assert set(on_the_line.values()) <= {0, 1}  # each arrival is taken back by one hang-up


@settings(max_examples=examples(60), deadline=None)
@given(times=st.integers(1, 4), order=st.permutations(["route", "ringing", "answered"]))
def test_one_ring_however_often_and_in_whatever_order_it_is_told(times: int, order: list[str]) -> None:
    """Lin is dialled once for a reservation, and her answer counts once the board knows of it."""
    board = Switchboard(app="zhiyin", endpoint="PJSIP/{user}")
    board.heard(_event("StasisStart", "mrs-chen", args=["billing"]))
    route: dict[str, Any] = {
        "kind": "route",
        "external_id": "mrs-chen",
        "reservation": "r_1",
        "contact": "sip:1017@desk.example",
    }
    route |= {"ring_s": 20, "headers": {}}
    steps = {
        "route": lambda: board.told(route),
        "ringing": lambda: board.heard(_event("ChannelStateChange", "zhiyin-agent-r_1")),
        "answered": lambda: board.heard(_event("StasisStart", "zhiyin-agent-r_1", args=["agent", "mrs-chen"])),
    }
    acts = [act for word in order for _ in range(times) for act in steps[word]()]
    dialled = [act for act in acts if isinstance(act, Command) and act.path == "/channels/zhiyin-agent-r_1"]
    assert sum(act.method == "POST" for act in dialled) == 1
    ringing = [act for act in acts if isinstance(act, Told) and act.type == "ringing"]
    assert len(ringing) == (order.index("ringing") > order.index("route"))
