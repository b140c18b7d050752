"""Four weeks of callers in the menus, so that explorer, findings and optimiser show something: two things went wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.timezone import get_default_timezone

from callcenter import hall
from callcenter.demo.operator.bulk import copy
from ivr.flows import queries as flows
from ivr.generator.habits import Fault, Habits
from ivr.generator.logs import generate
from ivr.generator.telling import events
from ivr.intake import bulk
from ivr.intake.judging import NOBODY as NO_CALL
from ivr.intake.judging import step_of
from ivr.models import CallFacts
from ivr.paths.store import NOBODY, PathStore
from ivr.results import PathEventIn

DAYS, MOST_CALLS = 28, 2_400
SOURCE = "main"
BATCH = 1_500  # calls: each is held under a lock until its batch is stored
# The key 2 of the broadband menu stopped working, and plans' callers land in the general queue.
FAULTS = (
    Fault(kind="dead_key", node="broadband", since_day=17, strength=0.4, key="2"),
    Fault(kind="wrong_queue", node="queue_sales", since_day=13, strength=0.5, other="general"),
)
# What callers want most stands far down in the menus: the optimiser has something to say.
HABITS = Habits(favourites=("broadband_fault", "cancel_service", "bill_question", "points", "broadband_new"), zipf=1.0)
_FACTS = ("call", "caller", "tags", "queue", "agent", "wait_s", "handle_s", "final", "at")


def build(*, calls: int, now: datetime, seed: int) -> int:
    """Paths of these many calls that ended before today; how many events. Needs the menus to be published."""
    if calls < 1:
        return 0
    definition = flows.published(key="operator").definition
    today = now.astimezone(get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    first = round((today - timedelta(days=DAYS)).timestamp() * 1000)
    store = generate(definition, calls=calls, days=DAYS, seed=seed, faults=FAULTS, habits=HABITS, first_ms=first).store
    stored, waiting = 0, []
    for call, told in events(store):
        waiting += [
            (call, PathEventIn(
                call_id=NO_CALL, source=SOURCE, external_id=f"history-{call}",
                t=datetime.fromtimestamp(one.t / 1000, UTC), kind=one.kind, node=one.node, key=one.key, seq=place,
                entry="10011",
            ))
            for place, one in enumerate(told)
        ]  # fmt: skip
        if call % BATCH == BATCH - 1:
            stored += _store(store, waiting, now)
            waiting = []
    return stored + _store(store, waiting, now)


def _store(store: PathStore, told: list[tuple[int, PathEventIn]], now: datetime) -> int:
    steps = [step_of(place, event) for place, (_, event) in enumerate(told)]
    ids: dict[str, UUID] = {}

    def named(source: str, names: Any) -> Any:
        ids.update(hall.path_logs.name_calls(source, names))
        return ids

    done = bulk.take(source=SOURCE, steps=steps, name_calls=named, now=now)
    calls = {call: ids[event.external_id] for call, event in told}
    copy(CallFacts, _FACTS, _facts(store, calls, now))
    return done.stored


def _facts(store: PathStore, calls: dict[int, UUID], now: datetime) -> Iterator[tuple[Any, ...]]:
    for call, known_as in calls.items():
        final = int(store.final[call])
        yield (
            known_as, int(store.caller[call]) + 1, [], store.queues[store.queue[call]], None, int(store.wait_s[call]),
            int(store.handle_s[call]), store.reasons[final] if final != NOBODY else "", now,
        )  # fmt: skip
