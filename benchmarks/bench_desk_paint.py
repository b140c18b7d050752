"""How long an agent waits for the picture of a call that is already theirs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, measured, not_run, percentile

if TYPE_CHECKING:
    from tests.browser.desks import Desk

NAMES = ("desk.reservation_to_paint_ms.p95",)
RINGS = {"default": 60, "full": 300}
WARM_UP = 3  # first rings load scripts and plans; an agent's day has one of them
PAINTED = """(reservation) => {
  const mark = performance.getEntriesByName('ring-painted').find((one) => one.detail === reservation);
  return mark ? performance.timeOrigin + mark.startTime : 0;
}"""


def run(scale: str) -> Iterator[Figure]:
    """Web, relay and dispatcher as processes, one desk in Chromium; from the reservation's event to the painted card.

    The clock starts before the transaction that reserves, so that what is measured is never less than what is meant.
    """
    from tests.conftest import CHROMIUM

    if not CHROMIUM:
        yield not_run(NAMES[0], "Chromium is missing")
        return
    spent = _rings(CHROMIUM, RINGS[scale])
    words = f"{len(spent)} rings one by one on one desk in Chromium, database with fsync on"
    yield measured(NAMES[0], percentile(spent, 0.95), scale=words)


def _rings(chromium: str, count: int) -> list[float]:
    from playwright.sync_api import sync_playwright

    from callcenter.embedded.postgres import ensure_postgres, stop_postgres
    from tests.browser.desks import FLAGS, Desk
    from tests.browser.processes import Product

    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder, sync_playwright() as playwright:
        var = Path(folder)
        product = Product(database_url=ensure_postgres(var), var=var)
        try:
            product.prepare()
            product.start("web", "relay", "route")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            who = product.ask("agent", key="lin-paint", en="Lin", zh="林薇")
            desk = Desk(product=product, browser=browser, who=who)
            spent = _measure(desk, count + WARM_UP)
            browser.close()
        finally:
            product.stop()
            stop_postgres(var)
    return spent[WARM_UP:]


def _measure(desk: Desk, count: int) -> list[float]:
    page, spent = desk.ready(), []
    for _ in range(count):
        call = desk.rings("mrs_chen")
        painted = 0.0
        while not painted:
            page.wait_for_timeout(20)
            painted = page.evaluate(PAINTED, call["reservation"])
        spent.append(painted - call["reserving_at_ms"])
        desk.product.ask("hang_up", call=call["call"])
        page.locator("html[data-stage=idle]").wait_for()
    return spent
