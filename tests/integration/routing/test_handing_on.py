"""A waiting caller goes on to another site at the same place; whoever dies on the way, nobody is lost and nobody twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid, Unavailable
from callcenter.foundation.models import AuditEntry
from routing import operations, queries, sites
from routing.invariants import broken
from routing.models import Call, Domain, Handover, OverflowRule
from routing.operations import departing, handing_on
from routing.results import CallView
from tests.integration.routing.world import World


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def south(world: World) -> World:
    """The other site, with Omar in its queue."""
    there = World(domain=Domain.objects.create(key="south", name="South"), now=world.now)
    there.queue("sales", members=(there.agent("omar"),))
    return there


def send(world: World, call: CallView) -> None:
    operations.send_to_site(
        call_id=call.id, domain="south", queue="sales", why="north is full", now=world.now, actor="ada"
    )


def at_south() -> list[Call]:
    return list(Call.objects.filter(domain__key="south"))


def test_she_keeps_her_place_and_is_served_there(world: World, south: World) -> None:
    call = world.waiting(world.queue(), head_start_s=60)
    world.later(45)
    send(world, call)
    assert (world.call(call).state, world.call(call).end_reason) == ("diverted", "overflow")
    [there] = at_south()
    assert (there.state, there.enqueued_at, there.place_key) == ("queued", call.enqueued_at, call.place_key)
    assert there.external_id == f"c_{call.id.hex}~1" and south.told(queries.call(call_id=there.pk)) == [
        "call.arrived",
        "call.queued",
    ]
    south.now = world.now
    south.pulse_id(next(iter(south.leases)))
    assert [held.call_id for held in south.assign()] == [there.pk]
    assert not broken(now=world.now)
    assert AuditEntry.objects.get(action="call.sent_to_site").purpose == "north is full"
    send(world, call)  # again is the same
    assert len(at_south()) == 1


def dies(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool) -> None:
    """The process ends at this step: before it, or with it done and nobody told."""
    step: Callable[..., object] = getattr(place, name)

    def once(*args: object, **kwargs: object) -> object:
        monkeypatch.undo()
        if after:
            step(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(place, name, once)


BY_ADA = [
    (sites, "takes", False, False),
    (handing_on, "_leave", False, False),
    (handing_on, "_leave", True, True),
    (handing_on, "carry_handovers", False, True),
    (sites, "ask", True, False),  # the first asks whether the queue is there
    (handing_on, "_carry", True, True),
]
BY_ITSELF = [  # the rule of a queue, or what stands in while it is closed
    (departing, "depart", False, False),
    (departing, "depart", True, False),  # not yet committed
    (handing_on, "_carry", False, True),
    (handing_on, "_carry", True, True),
]


@pytest.mark.parametrize(
    ("by", "place", "name", "after", "left"),
    [("ada", *step) for step in BY_ADA] + [(by, *step) for by in ("rule", "closed") for step in BY_ITSELF],
)
def test_killed_at_each_step(
    world: World, south: World, monkeypatch: pytest.MonkeyPatch, by: str, place: object, name: str, after: bool,
    left: bool,
) -> None:  # fmt: skip
    queue = world.queue(is_open=by != "closed", closed_to_site="south/sales" if by == "closed" else "")
    if by == "rule":
        rule = OverflowRule.objects.create(queue=queue, measure="waiting", action="site", site="south/sales")
        OverflowRule.objects.filter(pk=rule.pk).update(on_since=world.now)
    call = world.arrive() if by != "ada" else world.waiting(queue)

    def goes() -> None:
        if by == "ada":
            send(world, call)
            return
        operations.enqueue(call_id=call.id, queue=queue.key, head_start_s=0, facts=None, now=world.now, actor="switch")
        operations.carry_handovers(domain="main", now=world.now)

    dies(monkeypatch, place, name, after=after)
    with pytest.raises(Killed):
        goes()
    assert (world.call(call).state == "diverted") == left
    if by != "ada" and not left:
        goes()  # the switch, unanswered, asks again
    operations.carry_handovers(domain="main", now=world.now)
    operations.carry_handovers(domain="main", now=world.now)
    standing = [world.call(call).state == "queued", *(there.state == "queued" for there in at_south())]
    assert sum(standing) == 1  # somewhere, once
    assert not Handover.objects.filter(done_at__isnull=True).exists()
    assert not broken(now=world.now)


def test_a_rule_hands_over_only_on_a_fresh_word_of_the_other_server(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DOMAIN_DATABASES = {"west": "postgresql:///elsewhere"}
    queue = world.queue()
    rule = OverflowRule.objects.create(queue=queue, measure="waiting", action="site", site="west/sales")
    OverflowRule.objects.filter(pk=rule.pk).update(on_since=world.now)
    assert world.waiting(queue).state == "queued"  # nobody has heard of them yet
    monkeypatch.setattr(sites, "takes", lambda **_asked: True)
    assert operations.hear_sites(domain="main", now=world.now) == 1
    call = world.waiting(queue)
    assert (call.state, call.end_reason) == ("diverted", "overflow")
    row = Handover.objects.get()
    assert (row.to_domain, row.to_queue, row.done_at) == ("west", "sales", None)
    assert world.told(call)[-3:] == ["call.queued", "call.sent_to_site", "call.diverted"]
    world.later(11)
    assert world.waiting(queue).state == "queued"


def test_each_dispatcher_carries_its_own_and_a_silent_server_is_asked_once(
    world: World, south: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, asked = world.queue(), list[str]()
    for _ in range(3):
        call = world.waiting(queue)
        handing_on._leave(call_id=call.id, domain="south", queue="sales", why="x", now=world.now, actor="ada")
    assert operations.carry_handovers(domain="south", now=world.now) == 0

    def away(domain: str, *_args: object) -> None:
        asked.append(domain)
        raise Unavailable("The server of domain south does not answer.")

    with monkeypatch.context() as silent:
        silent.setattr(sites, "ask", away)
        assert operations.carry_handovers(domain="main", now=world.now) == 0
    assert asked == ["south"] and all("not answer" in row.trouble for row in Handover.objects.all())
    assert operations.carry_handovers(domain="main", now=world.now) == 3


def test_killed_after_the_other_server_has_committed(
    world: World, south: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = world.waiting(world.queue())
    ask = sites.ask

    def admits_and_dies(domain: str, statement: str, values: dict[str, object]) -> object:
        found = ask(domain, statement, values)
        if statement == handing_on.ADMIT:
            raise SystemExit
        return found

    monkeypatch.setattr(sites, "ask", admits_and_dies)
    monkeypatch.setattr("routing.operations.handing_on.transaction.atomic", _open)
    with pytest.raises(SystemExit):
        send(world, call)
    monkeypatch.undo()
    assert len(at_south()) == 1 and Handover.objects.get().done_at is None
    assert operations.carry_handovers(domain="main", now=world.now) == 1
    assert len(at_south()) == 1 and Handover.objects.get().done_at is not None


def _open() -> object:
    """The other server has its own transaction: ours does not take it back."""
    from contextlib import nullcontext

    return nullcontext()


def test_a_server_that_is_away_leaves_the_caller_where_they_stand(
    world: World, south: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = world.waiting(world.queue())

    def away(*_args: object, **_kwargs: object) -> None:
        raise Unavailable("The server of domain south does not answer.")

    monkeypatch.setattr(sites, "ask", away)
    with pytest.raises(Unavailable):
        send(world, call)
    assert world.call(call).state == "queued"
    handing_on._leave(call_id=call.id, domain="south", queue="sales", why="x", now=world.now, actor="ada")
    assert (
        operations.carry_handovers(domain="main", now=world.now) == 0
    )  # it fell away in between: on the way, and said so
    assert "does not answer" in Handover.objects.get().trouble
    monkeypatch.undo()
    assert operations.carry_handovers(domain="main", now=world.now) == 1


def test_what_cannot_be_sent_is_refused(world: World, south: World) -> None:
    lin = world.agent("lin")
    call, _held = world.talking(world.queue(members=(lin,)))
    with pytest.raises(Conflict):
        send(world, call)
    with pytest.raises(Invalid, match="no open queue"):
        operations.send_to_site(call_id=call.id, domain="south", queue="nowhere", why="x", now=world.now, actor="ada")
    with pytest.raises(Invalid, match="Say why"):
        operations.send_to_site(call_id=call.id, domain="south", queue="sales", why=" ", now=world.now, actor="ada")
