"""A learned mailing policy judged off-policy on a randomised experiment, beside the best constant; one verdict, no more.

By hand: python -m benchmarks.bench_hillstrom --data FILE (HILLSTROM_DATA names it too; columns of
MineThatData's e-mail set, three arms of one third). The policy is learned on one
half of the people and judged on the other, both ways: for each arm a logistic model of a visit, the best arm wins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import given
from benchmarks.figures import Figure, measured
from customers.offers.evaluation import Judged, Logged, judge
from customers.offers.learning.propensity import Columns, UnableToLearn, fit
from customers.offers.learning.rolling import part

NAMES = ("offers.hillstrom_dr_value", "offers.hillstrom_dr_value_se", "offers.hillstrom_dr_value_best_constant")
ARMS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
NUMBERS = ("recency", "history", "mens", "womens", "newbie")
WORDS = ("zip_code", "channel")


def run(scale: str) -> Iterator[Figure]:
    path, hint = os.environ.get("HILLSTROM_DATA", ""), "set HILLSTROM_DATA to the file of the e-mail experiment"
    yield from given.figures(NAMES, path, hint, measure)


def measure(path: Path) -> Iterator[Figure]:
    """The three figures of a file, with one verdict. Raises given.Unusable."""
    columns, arm, visited = read(path)
    try:
        found = judged(columns, arm, visited)
    except UnableToLearn as why:
        raise given.Unusable(f"An arm is too small in one half of {len(arm)} people: {why}") from why
    policy, best = found.estimates[0], found.estimates[-1]
    spread = (policy.dr.high - policy.dr.low) / (2 * 1.96)
    beside = found.beside_constant
    apart = f"{beside.value:+.4f} ({beside.low:+.4f}, {beside.high:+.4f})" if beside else "-"
    words = (
        f"{found.rows:,} people, visits per head, ESS {policy.ess:,.0f}, against always {found.best_constant} {apart}: "
        f"{found.verdict.replace('_', ' ')}"
    )
    for name, value in zip(NAMES, (policy.dr.value, spread, best.dr.value), strict=True):
        yield measured(name, value, scale=words)


def read(path: Path) -> tuple[Columns, NDArray[np.int64], NDArray[np.bool_]]:
    """Columns by name, the arm, and who visited. Raises given.Unusable."""
    rows = given.table(path, needs=(*NUMBERS, *WORDS, "segment", "visit"))
    numbers = {name: given.numbers(rows, name) for name in NUMBERS}
    words = {name: np.array([row[name] for row in rows], dtype=np.object_) for name in WORDS}
    return {**numbers, **words}, given.one_of(rows, "segment", ARMS), given.one_of(rows, "visit", "01").astype(bool)


def judged(columns: Columns, arm: NDArray[np.int64], visited: NDArray[np.bool_]) -> Judged:
    """Learned on every second person, chosen for the others, and the other way round."""
    names = (*NUMBERS, *WORDS)
    chosen = np.zeros((len(arm), len(ARMS)))
    for learns in (0, 1):
        chances = np.empty((len(arm[1 - learns :: 2]), len(ARMS)))
        others = part(columns, names, slice(1 - learns, None, 2))
        for number in range(len(ARMS)):
            rows = np.flatnonzero((arm == number) & (np.arange(len(arm)) % 2 == learns))
            own = {name: np.asarray(columns[name])[rows] for name in names}
            chances[:, number] = fit(own, visited[rows]).chances(others)
        chosen[1 - learns :: 2] = np.eye(len(ARMS))[chances.argmax(axis=1)]
    log = Logged(
        party=np.arange(len(arm)).astype(str),
        action=arm,
        odds=np.full((len(arm), len(ARMS)), 1 / len(ARMS)),
        reward=visited.astype(np.float64),
    )
    constants = [(name, number) for number, name in enumerate(ARMS)]
    return judge(log, [("learned", lambda _log: chosen)], constants=constants, fallback=0)


if __name__ == "__main__":
    given.main(__doc__, "HILLSTROM_DATA", measure)
