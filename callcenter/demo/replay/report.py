"""The end of a replay in words and figures, for a person and for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from callcenter.demo.replay.plan import Plan
from callcenter.demo.replay.run import Played
from callcenter.demo.replay.verdict import Figures, banks_figures, our_figures

MOST_NAMED = 20  # calls named one by one where something is wrong


def as_json(plan: Plan, played: Played, *, speed: float) -> dict[str, Any]:
    """Everything that was counted; stable names."""
    return {
        "day": f"{plan.day:%y%m%d}",
        "hours": [plan.from_s // 3600, plan.to_s // 3600 - 1],
        "speed": speed,
        "calls": len(plan.calls),
        "phantoms_left_out": plan.phantoms,
        "dirty_rows_played": plan.dirty,
        "lost": played.count("lost"),
        "doubled": len(played.doubled),
        "unexplained": played.count("unexplained"),
        "unheard": played.count("unheard"),
        "as_logged": played.count("as_logged"),
        "served_here": played.count("served_here"),
        "gave_up_here": played.count("gave_up_here"),
        "here": asdict(our_figures(played.calls)),
        "bank": asdict(banks_figures(played.calls)),
        "requests": played.requests,
        "retries": played.retries,
        "troubles": list(played.troubles),
        "answer_ms": {"p50": round(played.answer_s[0] * 1000, 1), "p99": round(played.answer_s[1] * 1000, 1)},
        "seconds": round(played.seconds, 1),
        "wrong": [asdict(one) for one in played.judged if one.verdict in {"lost", "unexplained", "unheard"}],
        "doubled_named": list(played.doubled),
    }


def show(console: Console, plan: Plan, played: Played, *, speed: float) -> None:
    """What happened beside what the bank saw."""
    table = Table(
        title=f"{plan.day:%d %B %Y}, {plan.from_s // 3600}:00 to {plan.to_s // 3600}:00, {speed:g} times as fast"
    )
    table.add_column("")
    table.add_column("the bank", justify="right")
    table.add_column("here", justify="right")
    for name, bank, here in _rows(banks_figures(played.calls), our_figures(played.calls)):
        table.add_row(name, bank, here)
    console.print(table)
    console.print(
        f"As logged {played.count('as_logged')} · answered here, gave up at the bank {played.count('served_here')} · "
        f"gave up here, answered at the bank {played.count('gave_up_here')} · phantoms left out {plan.phantoms}"
    )
    console.print(
        f"[bold]Lost {played.count('lost')} · doubled {len(played.doubled)} · unexplained {played.count('unexplained')}[/]"
        f" · arrivals never heard {played.count('unheard')}"
    )
    away = f", through {', '.join(played.troubles)}" if played.troubles else ""
    console.print(f"{played.requests} requests, {played.retries} repeated{away}; {played.seconds:.0f} s.")
    if speed > 1:
        median, slow = (seconds * speed for seconds in played.answer_s)
        console.print(
            f"[dim]A request took {played.answer_s[0] * 1000:.0f} ms, one in a hundred {played.answer_s[1] * 1000:.0f} ms or"
            f" more: {median:.1f} and {slow:.1f} s of theirs, and each call needs about six. Head starts are left out.[/]"
        )
    wrong = [one for one in played.judged if one.verdict in {"lost", "unexplained", "unheard"}]
    for one in wrong[:MOST_NAMED]:
        console.print(f"  {one.verdict}: {one.key}: {one.reason}")
    for sentence in played.doubled[:MOST_NAMED]:
        console.print(f"  doubled: {sentence}")


def _rows(bank: Figures, here: Figures) -> list[tuple[str, str, str]]:
    return [
        ("callers", f"{bank.callers}", f"{here.callers}"),
        ("hung up in the menus", f"{bank.menus}", f"{here.menus}"),
        ("offered", f"{bank.offered}", f"{here.offered}"),
        ("answered", f"{bank.answered}", f"{here.answered}"),
        ("abandoned", f"{bank.abandoned}", f"{here.abandoned}"),
        ("service level, 20 s", f"{bank.within_20:.1%}", f"{here.within_20:.1%}"),
        ("service level, 60 s", f"{bank.within_60:.1%}", f"{here.within_60:.1%}"),
        ("average wait", f"{bank.mean_wait_s:.0f} s", f"{here.mean_wait_s:.0f} s"),
    ]
