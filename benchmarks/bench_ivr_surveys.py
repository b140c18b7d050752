"""Satisfaction: callers who answer are eight points more content than those who called; how far weighting still errs.

By hand: make bench ONLY=ivr.survey
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, measured
from ivr.surveys.weighting import weighted_score
from ivr.surveys.world import BIAS, draw_world

BIAS_LEFT = "ivr.survey_bias_left"
NAMES = (BIAS_LEFT,)
SEEDS = {"default": 10, "full": 50}
CALLS = 20_000


def run(scale: str) -> Iterator[Figure]:
    left = []
    for seed in range(SEEDS[scale]):
        world = draw_world(seed=seed, calls=CALLS)
        found = weighted_score(world.columns, world.good, world.answered)
        if found.value is None:
            raise RuntimeError("too few answers to weight")
        left.append(100 * abs(found.value - world.truth))
    said = f"{CALLS:,} calls, {SEEDS[scale]} seeds, {100 * BIAS:.0f} points planted; the worst of them"
    yield measured(BIAS_LEFT, max(left), scale=said)
