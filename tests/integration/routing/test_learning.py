"""From finished calls to paired calls: trained, used while fresh and sane, and by rules at once when not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from customers.models import Customer
from routing import proving, score_tables
from routing.models import Agent, Call, Queue, Reservation, ScoreTable
from routing.operations.learning import train_scores
from routing.operations.ratings import note_rating
from routing.score_tables import Trouble
from tests.integration.routing.world import World

DAYS_AGO = timedelta(days=20)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    score_tables.forget()
    yield
    score_tables.forget()


@pytest.fixture
def floor(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Agent, Agent, Queue]:
    """Lin resolves bills, Omar faults; every block is on and nobody explores."""
    monkeypatch.setattr("routing.insight.is_on", lambda **_: True)
    monkeypatch.setattr("routing.matching.pairing.explores", lambda *_: False)
    lin, omar = world.agent("lin"), world.agent("omar")
    return lin, omar, world.queue(members=(lin, omar), strategy="paired")


def log(world: World, queue: Queue, good: dict[str, Agent], agents: tuple[Agent, Agent], count: int = 400) -> None:
    """`good[intent]` resolves nine of ten such calls, the other one of ten: unresolved customers ring again next day."""
    start = world.now - DAYS_AGO
    people, calls, held = [], [], []
    for no in range(count):
        at, intent, agent = start + timedelta(minutes=10 * no), ("billing", "fault")[no % 2], agents[no // 2 % 2]
        who = Customer(name=f"{no}", created_at=start)
        people.append(who)
        resolved = (no // 4 % 10 != 0) == (good[intent].pk == agent.pk)
        plain: dict[str, Any] = {
            "domain": world.domain, "source": "log", "customer": who, "enqueued_at": at, "place_key": at,
            "arrived_at": at, "queue": queue, "connected_at": at, "ended_at": at + timedelta(seconds=200),
            "state": "completed", "facts": {"kind": "individual", "intent": intent},
        }  # fmt: skip
        calls.append(Call(external_id=f"c{no}", **plain))
        held.append(
            Reservation(
                domain=world.domain,
                call=calls[-1],
                agent=agent,
                queue=queue,
                state="completed",
                created_at=at,
                connected_at=at,
                ended_at=at + timedelta(seconds=200),
            )
        )
        if not resolved:
            again = at + timedelta(days=1)
            calls.append(Call(external_id=f"r{no}", **plain | {"arrived_at": again, "queue": None}))
    Customer.objects.bulk_create(people)
    Call.objects.bulk_create(calls)
    Reservation.objects.bulk_create(held)


def decide(world: World, queue: Queue, intent: str) -> tuple[str, str, str]:
    """Whom, how, and why by rules."""
    call = world.waiting(queue)
    Call.objects.filter(pk=call.id).update(facts={"kind": "individual", "intent": intent})
    [made] = world.assign()
    world.hang_up(call)
    return made.agent_key, str(made.because["mode"]), str(made.because.get("fallback", ""))


def test_what_was_learned_decides_and_a_stale_table_does_not(world: World, floor: tuple[Agent, Agent, Queue]) -> None:
    lin, omar, queue = floor
    log(world, queue, {"billing": lin, "fault": omar}, (lin, omar))
    assert decide(world, queue, "fault")[1:] == ("rules", "nothing_learned")
    for held in Reservation.objects.filter(state="completed"):  # Lin sells and pleases, Omar neither
        note_rating(call_id=held.call_id, satisfied=held.agent_id == lin.pk, now=world.now)
    Reservation.objects.filter(agent=lin).update(disposition="plan_changed")
    Reservation.objects.filter(agent=omar).update(disposition="solved")
    said = train_scores(now=world.now)
    assert "400 calls" in said["billing"]
    card = ScoreTable.objects.get().card
    assert card["log_loss"] < card["log_loss_of_one_number"]
    assert card["outcome"] == "resolved, sold, satisfied"
    assert "left_out" in card["outcomes"]["second"]  # all talks were alike
    assert "sex" not in str(card["types"]) and card["inputs"] == ["caller type", "agent", "hour", "weekday", "channel"]
    assert decide(world, queue, "fault")[1] == "paired"
    assert decide(world, queue, "billing") == ("lin", "paired", "")
    row = ScoreTable.objects.get()
    assert score_tables.examine(queue=queue.pk, now=world.now)[1] == Trouble.NONE
    ScoreTable.objects.update(value=[[0.5 for _ in line] for line in row.value])
    assert score_tables.examine(queue=queue.pk, now=world.now) == (None, Trouble.ALTERED)
    score_tables.forget()
    ScoreTable.objects.update(made_at=world.now - timedelta(days=8))
    assert decide(world, queue, "fault")[1:] == ("rules", "stale")


@pytest.mark.parametrize(
    "broken",
    [
        {"value": [[1.0, None]]},
        {"price": [0.0]},
        {"types": []},
        {"spread": 0.0},
        {"worth": ["x"]},
        {"value": [[1.0]]},
        {"value": [[1e300, 1.0]]},
        {"value": [["NaN", 1.0]]},
        {"agents": [1, 1]},
    ],
)
def test_an_absurd_table_means_rules_at_once(
    world: World, floor: tuple[Agent, Agent, Queue], broken: dict[str, Any]
) -> None:
    lin, omar, queue = floor
    sane: dict[str, Any] = {
        "types": ["*"], "agents": [lin.pk, omar.pk], "value": [[0.2, 0.9]], "price": [0.0, 0.0], "worth": [0.0],
        "spread": 0.3, "card": {},
    }  # fmt: skip
    ScoreTable.objects.create(queue=queue, made_at=world.now, **sane)
    assert decide(world, queue, "fault") == ("omar", "paired", "")
    score_tables.forget()
    ScoreTable.objects.update(**broken)
    assert decide(world, queue, "fault")[1:] == ("rules", "absurd")


def table(world: World, queue: Queue, *agents: Agent) -> None:
    """Learned an hour ago: the second agent is worth three times the first."""
    ScoreTable.objects.create(
        queue=queue, made_at=world.now, types=["*"], agents=[one.pk for one in agents], value=[[0.3, 0.9]],
        price=[0.0, 0.0], worth=[0.0], spread=0.3, card={},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_table_that_cannot_be_read_in_time_means_rules_at_once(
    world: World, floor: tuple[Agent, Agent, Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, omar, queue = floor
    table(world, queue, lin, omar)
    monkeypatch.setattr(score_tables, "SLOW_MS", 20)
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("LOCK TABLE routing_scoretable IN ACCESS EXCLUSIVE MODE")
        assert decide(world, queue, "fault")[1:] == ("rules", "slow")
        other.rollback()
    assert decide(world, queue, "fault")[2] == "slow"  # it rests until the next look
    world.later(31, awake=(lin, omar))
    assert decide(world, queue, "fault") == ("omar", "paired", "")
    [report] = proving.reports(domain="main", now=world.now)
    assert [(one.mode, one.fallback, one.count) for one in report.decided] == [("rules", "slow", 2), ("paired", "", 1)]


def test_plan_and_wish_of_the_customer_are_told_on_the_decision(
    world: World, floor: tuple[Agent, Agent, Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, omar, queue = floor
    table(world, queue, lin, omar)
    call = world.waiting(queue)
    Call.objects.filter(pk=call.id).update(facts={"refuses_automation": True})
    [made] = world.assign()
    assert (made.because["mode"], made.because["fallback"]) == ("rules", "refused")
    world.hang_up(call)
    monkeypatch.setattr("routing.insight.is_on", lambda **_: False)
    assert decide(world, queue, "fault")[1:] == ("rules", "off_block")


def test_too_little_to_learn_says_so(world: World, floor: tuple[Agent, Agent, Queue]) -> None:
    assert "too few" in train_scores(now=world.now)["billing"]
    assert not ScoreTable.objects.exists()
