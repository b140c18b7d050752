"""A generated log told event by event and folded again is the same log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ivr.flows.definition import Definition
from ivr.flows.queries import shipped
from ivr.generator.logs import generate
from ivr.generator.telling import events
from ivr.paths.fold import Happening, fold
from ivr.paths.measures import Selection, node_rows
from ivr.paths.packing import Packed, pack
from ivr.paths.store import CallRow, build


def test_what_is_told_folds_back_to_what_was_walked() -> None:
    store = generate(Definition(shipped()), calls=600, days=9, seed=4).store
    rows = []
    for call, told in events(store):
        path = fold(
            Happening(
                identity=str(place), seq=None, t=datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=one.t),
                kind=one.kind, node=one.node, key=one.key,
            )
            for place, one in enumerate(told)
        )  # fmt: skip
        assert path.outcome is not None
        visits = [Packed(*row) for row in pack(path)]
        span = int(store.span[call])
        rows.append(CallRow(call, int(store.start[call]), span, path.outcome.value, visits))
    again = build(rows)

    assert [again.nodes[code] for code in again.code] == [store.nodes[code] for code in store.code]
    was, now = ({row.node: row for row in node_rows(Selection(one))} for one in (store, again))
    for node, row in was.items():
        same = now[node]
        assert (row.visits, row.errors, row.zero_out, row.done, row.transfer, row.drop_off) == (
            same.visits, same.errors, same.zero_out, same.done, same.transfer, same.drop_off,
        ), node  # fmt: skip
        assert row.dwell is not None and same.dwell is not None
        assert abs(row.dwell.mean - same.dwell.mean) < 0.01
        if row.announcement and same.announcement:
            assert abs(row.announcement.mean - same.announcement.mean) < 0.05, node
