"""`manage.py replay_calls FILE --day 990103 --speed 60`: a real day of the bank through the public API."""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from callcenter.demo import bank_log, calibration
from callcenter.demo.operator.keys import switch_key
from callcenter.demo.public_api import Api, ApiAway, ApiRefused
from callcenter.demo.replay import bank_floor, names, report
from callcenter.demo.replay.plan import Plan, plan
from callcenter.demo.replay.run import Played, Progress, play
from callcenter.foundation.clock import db_now


class Command(BaseCommand):
    help = (
        "Drive a real day of the Anonymous Bank log through the public API as a switch would, with simulated agents on the"
        " logged shifts, and print what happened beside what the bank saw. Web server, dispatcher and relay must run."
    )

    requires_system_checks: list[str] = []  # Django's own form of "none": checks would load every page

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a month of the log, .txt or .txt.gz")
        parser.add_argument("--day", default="990103", help="yymmdd (default 990103, January's busiest)")
        parser.add_argument("--speed", type=_speed, default=60.0, help="how many times as fast (default 60)")
        parser.add_argument("--hours", type=_hours, default=(0, 23), help="only these hours, as 15-16: both included")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the product answers")
        parser.add_argument("--key", default="", help="API key; by default one is made for the trunk of the bank")
        parser.add_argument("--json", type=Path, help="also write the figures there")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        drawn = self._plan(options["file"], options["day"], options["hours"])
        key = options["key"]
        if not key:
            bank_floor.set_up(drawn.skills)
            key = switch_key(trunk=names.TRUNK, domain=names.DOMAIN, now=db_now())
        try:
            played = asyncio.run(self._play(drawn, options["url"], key, options["speed"], console))
        except ApiAway as away:
            raise CommandError(f"The product does not answer at {options['url']}: {away}") from None
        except ApiRefused as refusal:
            raise CommandError(f"The product refuses the replay: {refusal}") from None
        report.show(console, drawn, played, speed=options["speed"])
        if options["json"]:
            options["json"].write_text(
                json.dumps(report.as_json(drawn, played, speed=options["speed"]), indent=1) + "\n"
            )

    def _plan(self, path: Path, day: str, hours: tuple[int, int]) -> Plan:
        try:
            log = bank_log.read(path)
            return plan(log.calls, day=bank_log.read_day(day), calibration=calibration.stored(), hours=hours)
        except (OSError, ValueError) as why:
            raise CommandError(str(why)) from None

    async def _play(self, drawn: Plan, url: str, key: str, speed: float, console: Console) -> Played:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} callers gone"),
        )
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task("starting", total=len(drawn.calls))

            def show(now: Progress) -> None:
                clock = f"{int(now.at_s) // 3600:02d}:{int(now.at_s) // 60 % 60:02d}"
                bar.update(task, description=clock, completed=now.ended)

            async with Api(url, key) as api:
                return await play(drawn, api=api, speed=speed, progress=show)


def _speed(text: str) -> float:
    speed = float(text)
    if not 1 <= speed <= 600:
        raise ArgumentTypeError("the speed lies between 1 and 600")
    return speed


def _hours(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    hours = (int(first), int(last or first))
    if not 0 <= hours[0] <= hours[1] <= 23:
        raise ArgumentTypeError("hours are written as 15-16, between 0 and 23")
    return hours
