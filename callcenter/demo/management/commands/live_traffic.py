"""`manage.py live_traffic`: callers, menus and agents through the public API, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
from argparse import ArgumentParser
from contextlib import suppress
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

import ivr.flows.queries
from callcenter.demo import calibration
from callcenter.demo.operator.agents import PLAYED
from callcenter.demo.operator.keys import TRUNK, switch_key
from callcenter.demo.operator.queues import DOMAIN
from callcenter.demo.operator.seed import SEED
from callcenter.demo.public_api import Api, ApiAway
from callcenter.demo.traffic.crowd import Crowd
from callcenter.demo.traffic.run import MEAN_GAP_S, LiveTraffic
from callcenter.demo.traffic.walking import Menus
from callcenter.foundation.clock import db_now
from customers.models import Customer

logger = logging.getLogger(__name__)

MOST_PLAYED = 12
CLEAR_S = 6.0  # less than a supervisor waits between asking and killing


class Command(BaseCommand):
    help = "Keep the demo's floor busy through the public API: a switch, its menus, callers and played agents."

    requires_system_checks: list[str] = []  # Django's own form of "none": checks would load every page

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the product answers")
        parser.add_argument(
            "--gap", type=float, default=MEAN_GAP_S, help=f"mean seconds between calls (default {MEAN_GAP_S})"
        )
        parser.add_argument("--agents", type=int, default=MOST_PLAYED, help=f"played agents (default {MOST_PLAYED})")
        parser.add_argument("--seed", type=int, help="for the same traffic again; by default every run is another")

    def handle(self, *args: Any, **options: Any) -> None:
        now = db_now()
        key = switch_key(trunk=TRUNK, domain=DOMAIN, now=now)
        rng = Random(options["seed"])
        crowd = Crowd(
            calibration=calibration.stored(),
            population=Customer.objects.exclude(status=Customer.Status.PROVISIONAL).count(),
            market=SEED,
            today=timezone.localdate(now),
            rng=rng,
        )
        asyncio.run(self._until_told_to_stop(options, key, crowd, rng))

    async def _until_told_to_stop(self, options: dict[str, Any], key: str, crowd: Crowd, rng: Random) -> None:
        traffic = asyncio.create_task(self._run(options, key, crowd, rng))
        for word in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(word, traffic.cancel)
        with suppress(asyncio.CancelledError):
            await traffic

    async def _run(self, options: dict[str, Any], key: str, crowd: Crowd, rng: Random) -> None:
        while True:
            async with Api(options["url"], key) as api:
                traffic = LiveTraffic(
                    api=api,
                    source=TRUNK,
                    menus=Menus(ivr.flows.queries.shipped()),
                    crowd=crowd,
                    played=[agent.key for agent in PLAYED[: options["agents"]]],
                    zone=ZoneInfo(settings.TIME_ZONE),
                    rng=rng,
                    mean_gap_s=options["gap"],
                )
                try:
                    await traffic.run()
                except asyncio.CancelledError:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(traffic.clear(), CLEAR_S)
                    raise
                except ApiAway as away:
                    logger.warning("the product is away, traffic begins anew: %s", away)
