"""`manage.py simulate_trunk`: conversations on every channel for those without a switch, through the public API."""

from __future__ import annotations

import asyncio
import os
import signal
from argparse import ArgumentParser
from contextlib import suppress
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from callcenter.demo.operator.keys import switch_key
from callcenter.demo.public_api import Api, ApiAway, ApiRefused
from callcenter.demo.simulated.plan import USUAL, Plan, Unreadable, channels
from callcenter.demo.simulated.trunk import Report, SimulatedTrunk
from callcenter.demo.traffic.walking import Menus
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from ivr.flows.queries import published

TRUNK = "simulated-trunk"


class Command(BaseCommand):
    help = "Play a switch and its callers: voice, chat, WeChat, QQ, Weibo, video, forms and calls that agents dial."

    requires_system_checks: list[str] = []  # Django's own form of "none": checks would load every page

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the product answers")
        parser.add_argument(
            "--domain", default="main", help="routing domain of the trunk made for this (default: main)"
        )
        parser.add_argument("--rate", type=float, default=0.5, help="conversations a second (default 0.5)")
        parser.add_argument("--count", type=int, help="so many conversations, then an account; default: until Ctrl-C")
        parser.add_argument("--agents", default="", help="keys of agents to play, with commas; the others are people")
        parser.add_argument("--queues", default="", help="keys of queues, with commas; by default all of the domain")
        parser.add_argument("--channels", default="", help=f"weights like voice=6,wechat=2; known: {', '.join(USUAL)}")
        parser.add_argument(
            "--menus",
            default="",
            help="key of a published flow: voice callers walk it first and are asked after the talk",
        )
        parser.add_argument("--talk", type=float, default=30.0, help="mean seconds of a conversation (default 30)")
        parser.add_argument("--patience", type=float, default=60.0, help="mean seconds of waiting (default 60)")
        parser.add_argument(
            "--consults", type=float, default=0.0, help="share of talks in which a played agent turns to another (0–1)"
        )
        parser.add_argument("--seed", type=int, help="for the same conversations again")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("rate", "talk", "patience"):
            if not 0 < options[name] <= 100_000:
                raise CommandError(f"--{name} is a number above zero, not {options[name]:g}.")
        if not 0 <= options["consults"] <= 1:
            raise CommandError(f"--consults is a share from 0 to 1, not {options['consults']:g}.")
        try:
            weights = channels(options["channels"])
            menus = Menus(dict(published(key=options["menus"]).definition.content)) if options["menus"] else None
        except Unreadable as why:
            raise CommandError(str(why)) from None
        except NotFound as why:
            raise CommandError(why.sentence) from None
        key = os.environ.get("ZHIYIN_KEY") or switch_key(trunk=TRUNK, domain=options["domain"], now=db_now())
        try:
            report = asyncio.run(self._until_told_to_stop(options, key, weights, menus))
        except ApiRefused as why:
            raise CommandError(f"The product refused to begin: {why}") from None
        except ApiAway:
            raise CommandError(f"Nobody answers at {options['url']}.") from None
        self.stdout.write(told(report))

    async def _until_told_to_stop(
        self, options: dict[str, Any], key: str, weights: dict[str, int], menus: Menus | None
    ) -> Report:
        async with Api(options["url"], key) as api:
            queues = _words(options["queues"]) or [row["key"] for row in (await api.get("/queues"))["queues"]]
            if not queues:
                raise CommandError("The domain has no queue yet: make one, then simulate its callers.")
            plan = Plan(
                per_s=options["rate"],
                queues=queues,
                channels=weights,
                talk_s=options["talk"],
                patience_s=options["patience"],
            )
            played = _words(options["agents"])
            rng = Random(options["seed"])
            share = options["consults"]
            trunk = SimulatedTrunk(
                api=api, source=TRUNK, plan=plan, played=played, rng=rng, menus=menus, help_share=share
            )
            running = asyncio.create_task(trunk.run(most=options["count"]))
            for word in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(word, running.cancel)
            with suppress(asyncio.CancelledError):
                await running
            return trunk.report


def _words(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := part.strip())]


def told(report: Report) -> str:
    """The account, in a few lines."""
    begun = ", ".join(f"{name} {many}" for name, many in report.begun.most_common())
    p50, p90 = report.wait_s(0.5), report.wait_s(0.9)
    lines = [
        f"{report.begun.total()} conversations: {begun or 'none'}",
        f"{report.served} served, {report.given_up} given up; waited {p50:.1f} s (half), {p90:.1f} s (nine of ten)",
    ]
    if report.in_menus or report.answers:
        lines.append(f"{report.in_menus} never left the menus; {report.answers} answers to questions after the talk")
    lines += [f"{many} refused: {code}" for code, many in report.refused.most_common()]
    return "\n".join(lines)
