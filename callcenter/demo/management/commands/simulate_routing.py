"""`manage.py simulate_routing`: real or made-up days through the very same matching code, beside rivals and bounds."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from callcenter.demo import bank_log, calibration, simulation_report, synthetic_floor
from callcenter.demo.bank_days import BETWEEN_S, BankDay, bank_days
from routing.simulation import plots
from routing.simulation.bounds import least_lost
from routing.simulation.errors import nearness
from routing.simulation.measures import DayFigures, measure
from routing.simulation.pairing_floor import draw_world
from routing.simulation.policies import BASE, POLICIES, play


class Command(BaseCommand):
    help = (
        "Play days of a floor through the matching that runs live, beside first-come-first-served to the longest idle,"
        " round robin, skill first and random. With --data: months of the Anonymous Bank log, agents and patience as"
        " measured. Without: a made-up floor on which the worth of every pair is known, with fluid and hindsight bounds."
    )

    requires_system_checks: list[str] = []  # Django's own form of "none": checks would load every page

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, help="a month of the bank's log, .txt or .txt.gz")
        parser.add_argument("--days", default="", help="only these days of it, as 990103,990104")
        parser.add_argument("--policies", default=",".join(POLICIES), help=f"of {', '.join(POLICIES)} (default all)")
        parser.add_argument("--calls", type=int, default=20_000, help="made-up floor: calls (default 20000)")
        parser.add_argument("--agents", type=int, default=40, help="made-up floor: agents (default 40)")
        parser.add_argument("--load", type=float, default=0.85, help="made-up floor: work ÷ agents (default .85)")
        parser.add_argument(
            "--patience", type=float, default=float("inf"), help="made-up floor: mean seconds to leaving"
        )
        parser.add_argument("--seed", type=int, default=1, help="made-up floor: which one (default 1)")
        parser.add_argument("--html", type=Path, help="also write tables and plots there")
        parser.add_argument("--json", type=Path, help="also write the figures there")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(width=200)
        if options["data"] is None:
            self._made_up(console, options)
        else:
            self._real(console, options)

    # --- real days ----------------------------------------------------------------------------------------------------
    def _real(self, console: Console, options: dict[str, Any]) -> None:
        names = _names(options["policies"])
        days = self._days(options["data"], options["days"])
        played: dict[str, list[DayFigures]] = {}
        for name in names:
            played[name] = [measure(play(one.day, POLICIES[name], between_s=BETWEEN_S)) for one in days]
            console.print(f"{name}: {len(days)} days played", style="dim")
        report = simulation_report.Report(
            title=f"{options['data'].name}: {len(days)} days, {sum(len(one.day.callers) for one in days):,} callers",
            base=BASE,
            logged=[one.logged for one in days],
            played=played,
            near=_near(days, played),
            least_lost=fmean(least_lost(one.day, between_s=BETWEEN_S) for one in days),
        )
        simulation_report.show(console, report)
        if options["html"]:
            options["html"].write_text(simulation_report.as_html(report), "utf-8")
        if options["json"]:
            told = {
                name: {one.day.label: asdict(day) for one, day in zip(days, figures, strict=True)}
                for name, figures in {**played, "log": report.logged}.items()
            }
            options["json"].write_text(json.dumps(told, indent=1) + "\n", "utf-8")

    def _days(self, path: Path, only: str) -> list[BankDay]:
        try:
            calls = bank_log.read(path).calls
            wanted: list[date] = [bank_log.read_day(text.strip()) for text in only.split(",") if text.strip()]
            found = bank_days(calls, calibration=calibration.stored(), only=wanted)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be played: {error}") from None
        if not found:
            raise CommandError(f"{path} holds no call that can be read.")
        return found

    # --- made-up floors -----------------------------------------------------------------------------------------------
    def _made_up(self, console: Console, options: dict[str, Any]) -> None:
        if options["calls"] < 100 or options["agents"] < 2 or not 0 < options["load"] < 2 or options["patience"] <= 0:
            raise CommandError("A floor needs 100 calls and 2 agents at least, a load between 0 and 2, some patience.")
        world = draw_world(
            seed=options["seed"],
            agents=options["agents"],
            load=options["load"],
            calls=options["calls"],
            patience_s=options["patience"],
        )
        found = synthetic_floor.compare(world, seed=options["seed"])
        title = (
            f"{options['agents']} agents, 8 types of callers, load {options['load']:g}, {options['calls']:,} calls:"
            " share of the attainable gain over longest idle"
        )
        console.print(simulation_report.rich_table(title, synthetic_floor.rows(found)))
        if options["html"]:
            shares = [
                plots.Interval(name=name, mean=share, low=min(0.0, share), high=max(0.0, share))
                for name in found.values
                for share in (found.share(name, found.fair),)
            ]
            drawn = plots.forest(shares, caption="Share of the fair fluid bound's gain over longest idle", unit="share")
            text = plots.page(title, tables=plots.table(*synthetic_floor.rows(found)), plots=[drawn])
            options["html"].write_text(text, "utf-8")
        if options["json"]:
            options["json"].write_text(json.dumps(asdict(found), indent=1) + "\n", "utf-8")


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in POLICIES]
    if unknown or not names:
        raise CommandError(f"There is no policy {', '.join(unknown) or '“”'}: choose of {', '.join(POLICIES)}.")
    return names if BASE in names else [*names, BASE]


def _near(days: list[BankDay], played: dict[str, list[DayFigures]]) -> Any:
    """The bank's own rule is ours of longest idle with head starts; without it played nothing can be compared."""
    if "longest_idle" not in played or len(days) < 2:
        return None
    return nearness(simulated=played["longest_idle"], logged=[one.logged for one in days])
