"""A better menu from the log, agreed by a second person, heard by callers, and judged by what it really brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Forbidden, Invalid
from callcenter.foundation.models import AuditEntry
from ivr.flows import operations as flows
from ivr.flows import queries as queries_of_flows
from ivr.flows.definition import faults
from ivr.flows.queries import published
from ivr.models import Proposal, Session
from ivr.optimiser import operations, queries
from ivr.optimiser.operations import NothingToPropose
from ivr.paths.packing import Packed
from tests.integration.ivr.story import NINE, call_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# What callers want: the last options of the menus most of all, as happens when nobody looks for years.
WANTED = {("broadband", "2"): 9, ("billing", "5"): 5, ("topup", "1"): 2, ("billing", "1"): 1}


def walk_menus(*, days: int, since: datetime, calls_a_day: int = 40, seed: int = 1) -> None:
    """Callers who listen as the published definition speaks, think a second, and press the right keys."""
    version = published(key="operator")
    nodes = version.definition.nodes
    shipped = {node["key"]: node for node in queries_of_flows.shipped()["nodes"]}
    random = Random(seed)
    rows = []
    for number in range(days * calls_a_day):
        start = since + DAY * (number // calls_a_day) + timedelta(minutes=number % calls_a_day)
        (menu, key), *_ = random.choices(list(WANTED), list(WANTED.values()))
        target = next(c["target"] for c in shipped[menu]["choices"] if c["key"] == key)
        at, path = 0, []
        for node, pressed, _ in way_to(nodes, target):
            spoken = nodes[node]["prompt"]["zh"]["seconds"] + sum(
                one["seconds"]["zh"] + 0.6
                for one in nodes[node]["choices"]
                if one["position"] <= next(c["position"] for c in nodes[node]["choices"] if c["key"] == pressed)
            )
            dwell = round(1000 * (spoken + random.uniform(0.6, 1.4)))
            path.append(list(Packed(node, at, dwell, pressed, 0, 0, 0, None, 0, 0)))
            at += dwell
        path.append(list(Packed(target, at, 1000, "", 0, 0, 0, None, 1, 0)))
        name = f"{since}-{seed}-{number}"
        rows.append(
            Session(
                call=call_of(name), source="main", external_id=name, flow_version_id=version.id, started_at=start,
                ended_at=start + timedelta(milliseconds=at + 1000), last_at=start, outcome="agent", path=path,
            )
        )  # fmt: skip
    Session.objects.bulk_create(rows)


def way_to(nodes: Mapping[str, Any], target: str) -> list[tuple[str, str, str]]:
    """Menus and keys from the main menu to a target, by the shortest way."""
    waiting: list[tuple[str, list[tuple[str, str, str]]]] = [("main", [])]
    while waiting:
        at, way = waiting.pop(0)
        for choice in nodes[at].get("choices", ()):
            if choice["key"] == "0":
                continue
            step = [*way, (at, choice["key"], choice["target"])]
            if choice["target"] == target:
                return step
            if nodes[choice["target"]]["kind"] == "menu" and len(step) < 3:
                waiting.append((choice["target"], step))
    raise AssertionError(target)


@pytest.fixture(autouse=True)
def _menus() -> None:
    flows.publish_shipped(now=NINE - 30 * DAY)


def propose(by: str = "user:ben") -> int:
    return operations.propose(
        flow="operator", since=NINE, until=NINE + 12 * DAY, language="zh", zone=UTC, by=by, now=NINE + 12 * DAY
    )


def test_from_the_log_to_menus_that_callers_hear_and_their_real_gain() -> None:
    walk_menus(days=12, since=NINE)
    number = propose()

    detail = queries.proposal(proposal_id=number, now=NINE + 12 * DAY, zone=UTC)
    said = detail.view.predicted
    assert said.bound_s < said.seconds_then < said.seconds_now - 3
    assert 0 < said.saved_low <= said.saved_s <= said.saved_high
    assert detail.moved
    assert {line.label.en for line in detail.before} == {line.label.en for line in detail.after}
    assert faults(Proposal.objects.get(pk=number).definition) == []

    with pytest.raises(Forbidden, match="somebody else"):
        operations.approve(proposal_id=number, by="user:ben", now=NINE + 12 * DAY)
    operations.approve(proposal_id=number, by="user:ada", now=NINE + 12 * DAY)
    assert published(key="operator").number == 1  # nothing is published by itself
    operations.publish(proposal_id=number, by="user:ada", now=NINE + 12 * DAY)
    assert published(key="operator").number == 2

    walk_menus(days=12, since=NINE + 12 * DAY, seed=2)
    real = queries.proposal(proposal_id=number, now=NINE + 24 * DAY, zone=UTC).realised
    assert real is not None and real.seconds is not None
    assert real.calls_after == 480
    assert -real.seconds.value == pytest.approx(said.saved_s, rel=0.1)
    assert real.seconds.high < 0
    assert list(AuditEntry.objects.filter(action__startswith="ivr.proposal").values_list("action", flat=True)) == [
        "ivr.proposal_approved",
        "ivr.proposal_published",
    ]


def test_too_short_a_log_proposes_nothing_and_says_why() -> None:
    walk_menus(days=2, since=NINE)
    with pytest.raises(NothingToPropose, match="80 choices on 2 days"):
        propose()


def test_a_log_whose_last_days_differ_is_no_ground_for_a_proposal() -> None:
    walk_menus(days=9, since=NINE)
    walk_menus(days=3, since=NINE + 9 * DAY, seed=2)
    for session in Session.objects.filter(started_at__gte=NINE + 9 * DAY):  # the announcements were spoken slower
        session.path = [[*row[:2], row[2] * 2, *row[3:]] for row in session.path]
        session.save()
    with pytest.raises(NothingToPropose, match="misses the mean time of the last days"):
        propose()


def test_a_proposal_is_decided_once_and_rejected_with_a_reason() -> None:
    walk_menus(days=12, since=NINE)
    number = propose()
    with pytest.raises(Invalid, match="Say why"):
        operations.reject(proposal_id=number, reason=" ", by="user:ada", now=NINE)
    operations.reject(proposal_id=number, reason="We change the plans next week.", by="user:ada", now=NINE)
    with pytest.raises(Conflict, match="rejected by now"):
        operations.approve(proposal_id=number, by="user:eve", now=NINE)


def test_menus_that_changed_meanwhile_are_not_overwritten() -> None:
    walk_menus(days=12, since=NINE)
    first, second = propose(), propose()
    for number in (first, second):
        operations.approve(proposal_id=number, by="user:ada", now=NINE)
    operations.publish(proposal_id=first, by="user:ada", now=NINE)
    with pytest.raises(Conflict, match="propose afresh"):
        operations.publish(proposal_id=second, by="user:ada", now=NINE)
