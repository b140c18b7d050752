"""The predicted reason of a call on a real log: trained on January 1999, judged on February, features known at arrival only.

By hand: `DATA_DIR=… make bench ONLY=ivr.intent`. Callers known by number, the six types of the bank; an earlier call counts
as history in February too. Rounded customer numbers, which several people share, count as unknown.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

from benchmarks.figures import Figure, measured, not_run
from callcenter.demo import bank_log
from callcenter.demo.bank_log import BankCall, Outcome
from ivr.intent.features import MOST_PAST, Moment, Past
from ivr.intent.training import fit, judge

LOSS, ERROR = "ivr.intent_log_loss", "ivr.intent_calibration_error"
NAMES = (LOSS, ERROR)
MONTHS = ("january", "february")


def run(scale: str) -> Iterator[Figure]:
    folder = Path(os.environ.get("DATA_DIR", "data")) / "anonymous-bank"
    files = [folder / f"{month}.txt.gz" for month in MONTHS]
    if not all(file.exists() for file in files):
        yield from (
            not_run(name, "the bank log is not here; set DATA_DIR to the folder of the data sets") for name in NAMES
        )
        return
    past: dict[str, list[Past]] = defaultdict(list)
    january, february = (_moments(bank_log.read(file).calls, past) for file in files)
    card = judge(fit(*january), *january, *february)
    if not card.beats_baselines:
        raise RuntimeError(f"A plain baseline is better: {card}")
    said = (
        f"{card.trained_on:,} calls of January, {card.judged_on:,} of February; constant {card.constant:.3f}, own history"
        f" {card.own_history:.3f}; accuracy {card.accuracy:.3f}, last type {card.last_accuracy:.3f}"
    )
    yield measured(LOSS, card.log_loss, scale=said)
    yield measured(ERROR, card.calibration_error, scale=said)


def _moments(calls: tuple[BankCall, ...], past: dict[str, list[Past]]) -> tuple[list[Moment], list[str]]:
    """Calls of known callers in the order of their entry, each with what came before it."""
    moments, labels = [], []
    for call in calls:
        if not call.customer or call.kind not in bank_log.KINDS or call.outcome is Outcome.PHANTOM:
            continue
        at = datetime.combine(call.day, time(0), tzinfo=UTC).timestamp() + call.entry_s
        before = past[call.customer]
        moments.append(
            Moment(
                at=at,
                hour=call.entry_s // 3600 % 24,
                weekday=call.day.weekday(),
                facts=frozenset({f"priority:{call.priority}"}),
                past=tuple(before[-MOST_PAST:]),
            )
        )
        labels.append(call.kind)
        before.append(Past(at=at, reason=call.kind, outcome=call.outcome.value))
    return moments, labels
