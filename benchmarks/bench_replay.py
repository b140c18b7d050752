"""A real day through the public API: no call lost, none with two agents, every end the log's or explained.

By hand, with the product running: manage.py replay_calls tests/data/anonymous_bank_january.txt.gz --hours 15-16
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, measured
from callcenter.demo import bank_log, calibration
from callcenter.demo.public_api import Api
from callcenter.demo.replay import report
from callcenter.demo.replay.plan import Plan, plan
from callcenter.demo.replay.run import Played, play
from tests.prepare import JANUARY
from tests.stack import running

NAMES = ("replay.calls_lost", "replay.calls_doubled", "replay.calls_unexplained")
DAY = "990103"
HOURS = {"default": (15, 16), "full": (0, 23)}
SPEED = 60.0


def run(scale: str) -> Iterator[Figure]:
    """The three counts, on processes and a database (fsync on) of their own. Prints the replay beside the bank."""
    log = bank_log.read(JANUARY)
    drawn = plan(log.calls, day=bank_log.read_day(DAY), calibration=calibration.stored(), hours=HOURS[scale])
    with tempfile.TemporaryDirectory(prefix="zhiyin-replay-") as folder, running(Path(folder)) as stack:
        key = stack.prepare("bank")["key"]
        played = asyncio.run(_played(drawn, stack.url, key))
        stack.manage("check_invariants")
    report.show(Console(), drawn, played, speed=SPEED)
    size = f"{len(drawn.calls):,} calls of {DAY}, hours {HOURS[scale][0]}–{HOURS[scale][1]}, speed {SPEED:g}"
    whole = sum(call.day == drawn.day for call in log.calls)
    size += "" if scale == "full" else f"; {whole / len(drawn.calls):.1f} times smaller than the day of {whole:,} rows"
    # A caller whose arrival was never acknowledged is no call of ours; here nothing is killed, so it counts as lost.
    yield measured(NAMES[0], played.count("lost") + played.count("unheard"), scale=size)
    yield measured(NAMES[1], len(played.doubled), scale=size)
    yield measured(NAMES[2], played.count("unexplained"), scale=size)


async def _played(drawn: Plan, url: str, key: str) -> Played:
    async with Api(url, key) as api:
        return await play(drawn, api=api, speed=SPEED)
