"""Ada's pages in a real browser: the picture draws whatever callers do and never looks fresh when it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desks import PATIENCE, Desk
from tests.browser.processes import Product

AXE = next((Path(__file__).parent / "vendor").glob("axe-core-*/axe.min.js"))
_people = count(1)


@pytest.fixture
def seat(product: Product, chromium: Browser) -> Iterator[Callable[..., Desk]]:
    """Seat a person of some role before a browser: `seat("supervisor")`. Whatever broke in their pages fails the story."""
    seats: list[Desk] = []

    def seat(role: str = "supervisor", language: str = "en") -> Desk:
        who = product.ask("person", name=f"{role}-{next(_people)}", role=role)
        seats.append(Desk(product=product, browser=chromium, who=who, language=language))
        return seats[-1]

    yield seat
    for one in seats:
        one.close()
    assert [line for one in seats for line in one.broken] == []


@pytest.fixture(scope="module")
def walked(product: Product) -> str:
    """The address of the day on which callers went in circles through the menus."""
    day = product.ask("walkers", times=12)["day"]
    return f"/floor/ivr/?from={day}&to={day}"


def go(desk: Desk, path: str) -> Page:
    page = desk.page()
    page.goto(desk.product.url + path)
    return page


def drawn(page: Page) -> dict[str, Any]:
    """The option as the chart library holds it, once drawn."""
    expect(page.locator("#picture[data-drawn]")).to_be_attached(timeout=PATIENCE)
    text = page.evaluate(
        "JSON.stringify(window.echarts.getInstanceByDom(document.getElementById('picture')).getOption().series[0])"
    )
    series: dict[str, Any] = json.loads(text)
    return series


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_callers_who_go_in_circles_are_drawn_and_the_table_says_the_same(
    seat: Callable[..., Desk], walked: str, language: str
) -> None:
    ada = seat(language=language)
    page = go(ada, walked)

    series = drawn(page)
    page.locator(".twin summary").click()
    rows = page.locator("#ways tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(0, 3).map(cell => cell.textContent).concat(row.cells[3].dataset.calls))"
    )

    named = {node["name"]: node["text"] for node in series["data"]}
    links = [
        [link["source"].split(":")[0], named[link["source"]], named[link["target"]], str(link["value"])]
        for link in series["links"]
    ]
    assert rows == links
    assert len(links) > 15
    back, on = sorted(link["value"] for link in series["links"] if link["source"] == "1:language")
    assert (back, on >= 48) == (12, True), "callers of other stories of this server go on to the main menu too"
    assert page.locator("#loops tbody tr").count() >= 4
    assert page.evaluate("window.__csp") == []


def test_a_tooltip_is_drawn_on_the_canvas_and_the_policy_is_kept(seat: Callable[..., Desk], walked: str) -> None:
    page = go(seat(), walked)
    drawn(page)

    box = page.locator("#picture canvas").first.bounding_box()
    assert box is not None
    for share in (0.015, 0.1, 0.3):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.5)
    page.set_viewport_size({"width": 900, "height": 700})

    assert page.evaluate("window.__csp") == []


def test_an_analyst_sees_the_menus_and_no_caller(seat: Callable[..., Desk], walked: str) -> None:
    ben = seat("analyst")
    page = go(ben, walked)
    drawn(page)

    assert "****" not in page.content()
    assert page.goto(ben.product.url + "/floor/").status == 403  # type: ignore[union-attr]


def test_a_caller_who_waits_appears_by_himself_with_a_running_timer(
    seat: Callable[..., Desk], product: Product, hire: Callable[..., Desk]
) -> None:
    omar = hire("Omar", "奥马尔")  # signed out: nobody answers
    page = go(seat(), "/floor/")
    queue = page.locator(f"#queue-{omar.who['queue']}")
    expect(queue).to_be_visible()
    expect(queue.locator("td").nth(2)).to_have_text("0")

    call = product.ask("call", who="zhang_san", queue=omar.who["queue"])

    expect(queue.locator("td").nth(2)).to_have_text("1", timeout=PATIENCE)
    line = page.locator(f"#w-{call['call'].removeprefix('c_')}")
    expect(line).to_contain_text("199****0002")
    before = line.locator(".timer").inner_text()
    expect(line.locator(".timer")).not_to_have_text(before, timeout=PATIENCE)

    product.ask("hang_up", call=call["call"])
    expect(line).to_have_count(0, timeout=PATIENCE)


def test_figures_older_than_ten_seconds_grey_and_say_so_once_until_they_return(seat: Callable[..., Desk]) -> None:
    ada = seat()
    page = ada.page()
    page.clock.install()
    page.goto(ada.product.url + "/floor/")
    said = page.locator("#stale-said")
    expect(page.locator("#floor")).not_to_have_class("floor stale")

    page.route("**/floor/now/**", lambda route: route.abort())
    page.clock.run_for(14_000)

    expect(page.locator("#floor")).to_have_class("floor stale", timeout=PATIENCE)
    expect(page.locator("#age")).to_be_visible()
    expect(said).to_contain_text("out of date")
    sentence = said.inner_text()
    page.clock.run_for(5_000)
    assert said.inner_text() == sentence

    page.unroute("**/floor/now/**")
    page.clock.resume()
    expect(page.locator("#floor")).not_to_have_class("floor stale", timeout=PATIENCE)
    expect(said).to_contain_text("current again")


def test_a_list_that_was_opened_stays_open_and_is_still_renewed(
    seat: Callable[..., Desk], hire: Callable[..., Desk]
) -> None:
    hire("Omar", "奥马尔")
    page = go(seat(), "/floor/")
    page.locator("#group-offline summary").click()
    late = hire("Newcomer", "新人")

    expect(page.locator(f"#agent-{late.agent}")).to_be_visible(timeout=PATIENCE)


def test_how_a_figure_is_computed_opens_by_key_and_survives_a_refresh(seat: Callable[..., Desk]) -> None:
    ada = seat()
    page = go(ada, "/floor/")
    page.get_by_role("button", name="F4: how Service level is computed").focus()

    page.keyboard.press("Enter")
    how = page.locator("#how-service_level")
    expect(how).to_contain_text("answered ≤ T ÷ (answered + abandoned > T)")
    with page.expect_response("**/floor/now/**"):
        pass
    expect(how).to_be_visible()
    assert page.evaluate("document.activeElement.getAttribute('popovertarget')") == "how-service_level"
    page.keyboard.press("Escape")
    expect(how).to_be_hidden()


def test_a_menu_of_the_bar_closes_by_escape_and_by_a_click_elsewhere(seat: Callable[..., Desk]) -> None:
    page = go(seat(), "/floor/")
    menu = page.locator("details.menu[id^=nav-]").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(menu.locator(".menu-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu.locator(".menu-item").first).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("h1").click()
    expect(menu.locator(".menu-item").first).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", ["/floor/", "/floor/ivr/", "/floor/calls/"])
def test_pages_are_accessible_and_fit_the_screen(
    seat: Callable[..., Desk], walked: str, path: str, language: str
) -> None:
    page = go(seat(language=language), walked if path == "/floor/ivr/" else path)
    if path == "/floor/ivr/":
        drawn(page)

    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' | ')))"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_pairs_are_reviewed_by_keyboard_and_letters_are_text_in_a_field(seat: Callable[..., Desk]) -> None:
    """A letter is a key only while a pair has the focus: not in its field, not with a modifier, not before."""
    ada = seat("supervisor")
    proposals = ada.product.ask("pairs", count=2)["proposals"]
    page = go(ada, "/customers/review/")
    cases = page.locator("[data-case]")
    expect(cases.first.get_by_role("button", name="One person: merge M")).to_have_attribute("aria-keyshortcuts", "M")
    page.keyboard.press("m")  # nothing has the focus
    page.keyboard.press("ArrowDown")
    expect(cases.first).to_be_focused()
    page.keyboard.press("Control+m")
    page.keyboard.press("Shift+M")
    page.keyboard.press("r")
    reason = cases.first.locator("[name=reason]")
    expect(reason).to_be_focused()
    page.keyboard.type("mnl")
    page.keyboard.press("Enter")
    expect(reason).to_have_value("mnl")
    expect(cases.first).to_be_focused()
    assert ada.product.ask("verdicts", proposals=proposals)["states"] == ["open", "open"]
    page.keyboard.press("n")
    expect(page.get_by_text("They are kept apart.")).to_be_visible()
    assert ada.product.ask("verdicts", proposals=proposals)["states"] == ["not_same", "open"]
    expect(cases.first).to_be_focused()
    page.keyboard.press("l")
    expect(page.get_by_text("Put off: the pair comes back")).to_be_visible()
    assert ada.product.ask("verdicts", proposals=proposals)["states"] == ["not_same", "later"]
