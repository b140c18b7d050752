"""Logs with planted truths: what was planted is found by its node and kind, and quiet months stay quiet."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from ivr.flows.definition import Definition
from ivr.flows.queries import shipped
from ivr.generator.habits import KINDS
from ivr.generator.logs import Log, generate, plant
from ivr.paths.comparing import site_days
from ivr.paths.findings import Finding, findings
from ivr.paths.measures import AGENT, HUNG_UP, Selection, edges
from ivr.paths.store import OUTCOMES

MENUS = Definition(shipped())
CALLS = 24_000


@pytest.fixture(scope="module")
def quiet() -> Log:
    return generate(MENUS, calls=CALLS, seed=8)


def look(log: Log) -> tuple[Finding, ...]:
    return findings(Selection(log.store), MENUS, day=site_days(log.store.start, UTC))


def test_a_quiet_month_has_no_findings(quiet: Log) -> None:
    assert look(quiet) == ()


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_planted_fault_is_among_the_first_five_with_its_node_kind_and_day(kind: str) -> None:
    fault = plant(MENUS, kind, seed=2)
    log = generate(MENUS, calls=CALLS, seed=2, faults=(fault,))
    hit = next(one for one in look(log)[:5] if (one.kind, one.node) == (kind, fault.node))
    first = int(site_days(log.store.start[:1], UTC)[0])

    assert abs(hit.since - first - fault.since_day) <= 2
    assert 0 < hit.low < hit.after - hit.before < hit.high
    assert hit.cost_s > 0


def test_a_log_is_the_same_for_the_same_seed_and_its_calls_add_up(quiet: Log) -> None:
    again = generate(MENUS, calls=CALLS, seed=8).store
    assert np.array_equal(again.code, quiet.store.code) and np.array_equal(again.start, quiet.store.start)
    assert not np.array_equal(generate(MENUS, calls=CALLS, seed=9).store.code, again.code)
    assert sum(Selection(again).outcomes.values()) == CALLS
    assert (np.diff(again.start) >= 0).all()


def test_a_log_behaves_as_the_bank_log_and_walks_the_menus_only_as_they_lead(quiet: Log) -> None:
    store = quiet.store
    hung_up = float((store.outcome == HUNG_UP).mean())
    assert 0.02 < hung_up < 0.12  # 3.8 % at the bank, whose menus are shorter
    again = store.gap_s[store.outcome == HUNG_UP]
    assert 0.3 < float(((again >= 0) & (again < 86_400)).mean()) < 0.65
    assert set(np.unique(store.handle_s[store.outcome != AGENT])) == {0}
    leads = {
        (key, target)
        for key, node in MENUS.nodes.items()
        for target in [c["target"] for c in node.get("choices", ())]
        + [node.get(way) for way in ("next", "on_error", "zero_out")]
    }
    assert {(one.source, one.target) for one in edges(Selection(store))} <= leads
    assert {OUTCOMES[one] for one in np.unique(store.outcome)} <= {"agent", "task", "hangup", "system"}


def test_a_window_too_short_for_a_before_and_an_after_says_nothing() -> None:
    assert look(generate(MENUS, calls=2_000, days=6, seed=1)) == ()
