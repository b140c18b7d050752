"""The switch without telephones believes the product where the product must know, and its own wires where they do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from callcenter.demo.switch import Line, Offer, Switch

OFFER = Offer(reservation="r_1", call="c_1", agent="a_1")


class Api:
    """Hears what is reported; answers as the product would."""

    def __init__(self, result: str = "applied") -> None:
        self.result = result
        self.heard: list[dict[str, Any]] = []

    async def post(self, path: str, body: Any, *, once: str = "") -> dict[str, Any]:
        self.heard.append({"path": path, **body})
        if path == "/calls":
            return {"call": {"id": "c_1"}, "reservation": None}
        return {"results": [{"result": self.result}]}

    @property
    def said(self) -> list[str]:
        return [str(body["type"]) for body in self.heard if "type" in body]


class Seat:
    def __init__(self) -> None:
        self.offers: list[Offer] = []
        self.gone: list[str] = []

    def offered(self, offer: Offer) -> None:
        self.offers.append(offer)

    def withdrawn(self, reservation: str) -> None:
        self.gone.append(reservation)


class Scene:
    """A caller on the line, an agent at a seat."""

    def __init__(self) -> None:
        self.api, self.seat, self.line = Api(), Seat(), Line(external_id="x-1")
        self.switch = Switch(self.api, source="pbx")  # type: ignore[arg-type]
        self.switch.seats["a_1"] = self.seat

    def hears(self, kind: str, *, reservation: str | None = "r_1", agent: str | None = "a_1") -> None:
        self.switch._heard({"type": kind, "call": "c_1", "reservation": reservation, "agent": agent})


@pytest.fixture
def scene() -> Scene:
    return Scene()


def play(part: Coroutine[Any, Any, None]) -> None:
    asyncio.run(part)


def test_a_reservation_is_offered_once_however_often_it_is_heard_of(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        scene.hears("reservation.created")
        scene.hears("reservation.created")
        scene.switch._reservation({"id": "r_1", "call": "c_1", "agent": "a_1", "state": "pending"})

    play(part())
    assert scene.seat.offers == [OFFER]
    assert scene.line.offers == ["r_1"]


def test_who_is_held_for_a_call_of_their_own_is_offered_nothing(scene: Scene) -> None:
    dialled = {"id": "r_1", "call": "c_1", "agent": "a_1", "state": "accepted", "because": {"rule": "dialled"}}

    async def part() -> None:
        await scene.switch.arrive(scene.line)
        data = {"state": "accepted"}
        told = {"type": "reservation.created", "call": "c_1", "reservation": "r_1", "agent": "a_1", "data": data}
        scene.switch._heard(told)
        scene.switch._reservation(dialled)

    play(part())
    assert scene.seat.offers == []
    assert not scene.line.bridged.is_set(), "nobody has answered yet"


def test_a_person_at_a_desk_is_rung_and_joined_after_accepting(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        scene.switch.seats.clear()
        scene.hears("reservation.created")
        scene.hears("reservation.accepted")
        await asyncio.wait_for(scene.line.bridged.wait(), 1)
        await asyncio.sleep(0)

    play(part())
    assert scene.api.said == ["ringing", "bridged"]


def test_accepted_twice_is_joined_once(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        await asyncio.gather(scene.switch.bridge(OFFER), scene.switch.bridge(OFFER))

    play(part())
    assert scene.api.said == ["bridged"]
    assert len(scene.line.talks) == 1


def test_nobody_is_joined_to_a_dead_line(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        await scene.switch.hang_up(scene.line)
        assert not await scene.switch.bridge(OFFER)

    play(part())
    assert scene.api.said == ["hangup"]


def test_an_agent_who_drops_the_caller_leaves_them_waiting(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        await scene.switch.bridge(OFFER)
        scene.hears("reservation.rescinded")

    play(part())
    assert not scene.line.bridged.is_set() and not scene.line.over.is_set()
    assert scene.line.talks[0].until is not None
    assert scene.seat.gone == ["r_1"]


def test_a_bridge_the_product_has_not_heard_of_yet_outlives_its_impatience(scene: Scene) -> None:
    """The wire rule: what the switch joined is joined, even if the news was too late for the reservation."""

    async def part() -> None:
        await scene.switch.arrive(scene.line)
        told = asyncio.Event()

        async def slow(path: str, body: Any, *, once: str = "") -> dict[str, Any]:
            await told.wait()
            return {"results": [{"result": "applied"}]}

        scene.api.post = slow  # type: ignore[method-assign]
        bridging = asyncio.create_task(scene.switch.bridge(OFFER))
        await asyncio.sleep(0)
        scene.hears("reservation.rescinded")
        told.set()
        assert await bridging

    play(part())
    assert scene.line.bridged.is_set() and scene.line.talks[0].until is None


def test_a_transfer_makes_the_caller_wait_again_and_the_end_is_the_end(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        await scene.switch.bridge(OFFER)
        scene.hears("call.transferred", reservation=None)
        assert not scene.line.bridged.is_set()
        scene.hears("call.abandoned", reservation=None)

    play(part())
    assert scene.line.over.is_set()


def test_every_report_has_a_name_of_its_own(scene: Scene) -> None:
    async def part() -> None:
        await scene.switch.arrive(scene.line)
        await scene.switch.report(scene.line, "held")
        await scene.switch.report(scene.line, "resumed")

    play(part())
    events = [body for body in scene.api.heard if "event_id" in body]
    assert [event["seq"] for event in events] == [1, 2]
    assert len({event["event_id"] for event in events}) == 2
