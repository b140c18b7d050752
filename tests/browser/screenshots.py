"""`make screenshots`: every state of the desk in both languages at 1366×768 into var/screenshots, for a person to look at."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.html import format_html, format_html_join
from playwright.sync_api import Browser, Page, expect, sync_playwright

from callcenter.embedded.postgres import ensure_postgres, stop_postgres
from tests.browser.desks import FLAGS, PATIENCE, Desk
from tests.browser.processes import ROOT, Product
from tests.conftest import CHROMIUM

OUT = ROOT / "var" / "screenshots"
LANGUAGES = {"en": "English", "zh-hans": "简体中文"}


def story(desk: Desk) -> Iterator[tuple[str, Page]]:
    """One agent's call, state by state: the name of the picture, and the page to take it of."""
    page = desk.open()
    yield "desk--starting", page
    page.get_by_role("button", name=desk.word("Available", "就绪")).first.click()
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    yield "desk--idle", page
    yield from _a_call(desk, page, "mrs_chen", "")
    yield from _a_call(desk, page, "zhang_san", "-offers")
    call = desk.rings("li_family")
    desk.answers(page, call)
    yield "desk--several-people", page
    _end(desk, page, call)
    call = desk.rings("stranger")
    desk.answers(page, call)
    yield "desk--new-customer", page
    _end(desk, page, call)
    yield "desk--idle-later", page
    page.keyboard.press("?")
    yield "desk--keys", page
    page.keyboard.press("Escape")
    page.goto(desk.product.url + "/console/check/")
    yield "check", page


def _a_call(desk: Desk, page: Page, who: str, name: str) -> Iterator[tuple[str, Page]]:
    call = desk.rings(who, menus=True)
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    yield f"desk--ringing{name}", page
    desk.answers(page, call)
    expect(page.locator(".timeline .happening").first).to_be_visible(timeout=PATIENCE)
    yield f"desk--in-call{name}", page
    page.keyboard.press("F8")
    expect(page.locator(".stage-held")).to_be_visible(timeout=PATIENCE)
    yield f"desk--on-hold{name}", page
    page.locator("#note").fill(desk.word("Asked about the charge; explained it.", "客户咨询费用，已逐项解释。"))
    desk.product.ask("hang_up", call=call["call"])
    expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+W")
    yield f"desk--wrap-up{name}", page
    _save(page)


def _end(desk: Desk, page: Page, call: dict[str, Any]) -> None:
    desk.product.ask("hang_up", call=call["call"])
    expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+W")
    _save(page)


def _save(page: Page) -> None:
    page.keyboard.type("yjj")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)


def take(product: Product, browser: Browser) -> list[str]:
    """All pictures; answers their names."""
    names: list[str] = []
    for language in LANGUAGES:
        folder = OUT / language
        folder.mkdir(parents=True, exist_ok=True)
        who = product.ask("agent", key=f"lin-{language}", en="Lin Wei", zh="林薇", language=language)
        desk = Desk(product=product, browser=browser, who=who, language=language)
        for name, page in story(desk):
            page.wait_for_timeout(400)  # fonts and the last fragment
            page.screenshot(path=folder / f"{name}.png")
            names.append(name)
        desk.close()
    return list(dict.fromkeys(names))


def lay_out(names: list[str]) -> None:
    """Both languages side by side."""
    rows = format_html_join(
        "",
        "<tr><th>{}</th>"
        + "".join(f'<td><img src="{language}/{{}}.png" width="683"></td>' for language in LANGUAGES)
        + "</tr>",
        ((name, *[name] * len(LANGUAGES)) for name in names),
    )
    page = format_html('<!doctype html><meta charset="utf-8"><title>Zhiyin 知音</title><table>{}</table>', rows)
    (OUT / "index.html").write_text(page, "utf-8")


def main() -> None:
    if not CHROMIUM:
        sys.exit(
            "make screenshots needs Chromium: apt-get install chromium fonts-noto-cjk, or set CHROMIUM to its path."
        )
    with tempfile.TemporaryDirectory(prefix="zhiyin-pictures-") as folder, sync_playwright() as playwright:
        var = Path(folder)
        product = Product(database_url=ensure_postgres(var), var=var)
        try:
            product.prepare()
            product.start("web", "relay", "route")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            lay_out(take(product, browser))
            browser.close()
        finally:
            product.stop()
            stop_postgres(var)
    sys.stdout.write(f"Look at {OUT / 'index.html'}\n")


if __name__ == "__main__":
    main()
