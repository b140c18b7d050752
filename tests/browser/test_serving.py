"""Serving and wrapping up: notes that are never lost, savings that happen once, pages that keep the policy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import PATIENCE, Desk


def in_wrap_up(desk: Desk, page: Page, note: str = "") -> dict[str, str]:
    """A call that the caller has just ended."""
    call = desk.rings("mrs_chen")
    desk.answers(page, call)
    if note:
        page.locator("#note").fill(note)
        expect(page.locator("#note-state")).to_have_text(desk.word("Saved", "已保存"), timeout=PATIENCE)
    desk.product.ask("hang_up", call=call["call"])
    expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    return call


def test_the_screen_pop_tells_who_calls_and_why(lin: Desk) -> None:
    """Name, basis, path, warnings, timeline, offers and script stand there; nothing in clear."""
    page = lin.ready()
    call = lin.rings("mrs_chen", menus=True)
    lin.answers(page, call)
    expect(page.locator(".identity-name")).to_contain_text("陈**")
    expect(page.locator(".identity")).to_contain_text("One customer uses this number")
    expect(page.locator(".warnings")).to_contain_text("Open complaint", timeout=PATIENCE)
    expect(page.locator(".path")).to_contain_text("Bills and balance", timeout=PATIENCE)
    expect(page.locator(".timeline .happening").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".script-lines li").first).to_be_visible(timeout=PATIENCE)
    assert "19900000001" not in page.content()
    assert "陈丽华" not in page.content()
    assert page.evaluate("document.activeElement.className").startswith("card identity")


def test_two_people_with_one_number_are_asked_for(lin: Desk) -> None:
    """Nobody is chosen silently; choosing opens the person."""
    page = lin.ready()
    lin.answers(page, lin.rings("li_family"))
    expect(page.locator(".identity-name")).to_contain_text("2 people use this number")
    page.get_by_role("button", name=re.compile("李")).first.click()
    expect(page.locator(".identity-name")).to_contain_text("李*", timeout=PATIENCE)
    expect(page.locator(".identity")).to_contain_text("Confirmed by the agent")


def test_a_value_is_revealed_with_its_trace(lin: Desk) -> None:
    """Alt+P shows the first masked value."""
    page = lin.ready()
    lin.answers(page, lin.rings("mrs_chen"))
    page.keyboard.press("Alt+P")
    expect(page.locator(".revealed")).to_contain_text("陈丽华", timeout=PATIENCE)
    assert lin.product.ask("reveals", user=lin.who["user"])["fields"] == ["name"]


def test_an_unsent_note_survives_the_reload(lin: Desk) -> None:
    """T-NOTE1: typed while the network was away, encrypted at rest, there again after the reload, then saved."""
    page = lin.ready()
    call = lin.rings("mrs_chen")
    lin.answers(page, call)
    page.locator("#note").fill("first part")
    expect(page.locator("#note-state")).to_have_text("Saved", timeout=PATIENCE)
    page.route("**/note/", lambda route: route.abort())
    page.locator("#note").press_sequentially(", and the tail")
    expect(page.locator("#note-state")).to_contain_text("Not sent yet", timeout=PATIENCE)
    stored = page.evaluate("JSON.stringify(sessionStorage)")
    assert "zhiyin-note-" in stored
    assert "tail" not in stored
    page.unroute("**/note/")
    page.reload()
    expect(page.locator("#note")).to_have_value("first part, and the tail", timeout=PATIENCE)
    expect(page.locator("#note-state")).to_have_text("Saved", timeout=PATIENCE)
    assert lin.product.ask("draft", call=call["call"], user=lin.who["user"])["text"] == "first part, and the tail"
    assert page.evaluate("Object.keys(sessionStorage).filter((k) => k.startsWith('zhiyin-note-')).length") == 0


def test_wrap_up_that_runs_out(lin: Desk) -> None:
    """T-WR2: the time box closes with `timeout`, the draft stays, the agent is available again."""
    page = lin.ready()
    call = in_wrap_up(lin, page, "half a note")
    lin.product.ask("age", reservation=call["reservation"], seconds=200)
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".wrap")).to_have_count(0)
    assert lin.product.ask("reservation", reservation=call["reservation"])["disposition"] == "timeout"
    assert lin.product.ask("draft", call=call["call"], user=lin.who["user"])["text"] == "half a note"


def test_a_saved_wrap_up_has_taken_its_note(lin: Desk) -> None:
    """Typed a moment before: it goes with the wrap-up, and nothing is sent after it for a call that is over."""
    page = lin.ready()
    call = in_wrap_up(lin, page, "half a note")
    page.keyboard.press("Alt+W")
    page.keyboard.type("yjj")
    page.keyboard.press("Enter")
    page.locator("#note").press_sequentially(", and its end")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    page.evaluate("fetch('/console/state').then((answer) => answer.text())")
    sent = [path for path in lin.fetched if path.endswith(("/note/", "/complete/"))]
    assert sent[-1].endswith("/complete/"), sent
    [note] = lin.product.ask("notes", call=call["call"])["notes"]
    assert note.endswith("its end")


def test_saving_twice_saves_once(lin: Desk) -> None:
    """T-WR3: Ctrl+Enter twice; and the wish for no offers is kept before the next call can come."""
    page = lin.ready()
    call = in_wrap_up(lin, page, "agreed on Friday")
    page.keyboard.press("Alt+W")
    page.keyboard.type("jjyx")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    assert lin.fetched.count(f"POST /console/reservations/{call['reservation']}/complete/") == 1
    kept = lin.product.ask("notes", call=call["call"])
    assert kept == {"notes": ["agreed on Friday"], "codes": ["no_more_offers"]}
    assert lin.product.ask("suppressed", who="mrs_chen")["rows"] >= 1


def test_a_failing_server_loses_nothing(lin: Desk) -> None:
    """T-WR4: 500 on saving: all is intact, the state stays, the next try works."""
    page = lin.ready()
    call = in_wrap_up(lin, page, "kept")
    page.route("**/complete/", lambda route: route.fulfill(status=500, body="no"))
    page.keyboard.press("Alt+W")
    page.keyboard.type("solved")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts .toast")).to_contain_text("Nothing is lost", timeout=PATIENCE)
    expect(page.locator("#disposition")).to_have_value("Solved")
    expect(page.locator("#note")).to_have_value("kept")
    expect(page.locator("#pill .state-wrap_up")).to_be_visible()
    page.unroute("**/complete/")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    assert lin.product.ask("notes", call=call["call"])["notes"] == ["kept"]


def test_more_time_by_key(lin: Desk) -> None:
    """T-WR5: sixty seconds more, counted, once."""
    page = lin.ready()
    call = in_wrap_up(lin, page)
    page.keyboard.press("Alt+T")
    expect(page.locator(".wrap-left .timer")).to_have_text(re.compile(r"3:(0[1-9]|[1-5]\d)"), timeout=PATIENCE)
    assert lin.product.ask("reservation", reservation=call["reservation"])["extensions"] == 1


def test_without_a_disposition_it_asks(lin: Desk) -> None:
    page = lin.ready()
    in_wrap_up(lin, page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".wrap-error")).to_have_text("Choose a disposition first.", timeout=PATIENCE)
    expect(page.locator("#disposition")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_keeps_the_policy(hire: Callable[..., Desk], language: str) -> None:
    """T-CSP: idle, ringing, in call, wrap-up and device check: no violation, no foreign request (asserted by `hire`)."""
    lin = hire("Lin", "林薇", language=language)
    context = lin.context()
    foreign: list[str] = []
    context.on(
        "request",
        lambda request: None if request.url.startswith((lin.product.url, "data:")) else foreign.append(request.url),
    )
    check = lin.open(context, "/console/check/")
    check.locator("#test-ring").click()
    check.close()
    page = lin.ready(context)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    in_wrap_up(lin, page, "ok")
    assert foreign == []
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
    )


def test_an_offer_is_answered_by_keyboard(lin: Desk) -> None:
    """Alt+Q opens the reasons, a figure chooses one: the card is settled, nothing sells in this call, the desk keeps its keys."""
    page = lin.ready()
    call = lin.rings("zhang_san")
    lin.answers(page, call)
    card = page.locator("article.offer").first
    expect(card).to_be_visible(timeout=PATIENCE)
    expect(card.locator(".offer-acts")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+KeyQ")
    expect(card.locator(".menu-body")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("article.offer.offer-done .offer-outcome").first).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+N")
    expect(page.locator("#note")).to_be_focused()
