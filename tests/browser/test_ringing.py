"""A call rings: on whatever page, in whatever tab, once, and for as long as the server says."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.desks import PATIENCE, Desk


def test_a_whole_call_by_keyboard(lin: Desk) -> None:
    """T-WR6: from ringing to available again in at most twelve key presses."""
    page = lin.ready()
    call = lin.rings("mrs_chen", menus=True)
    pressed = 0

    def press(key: str) -> None:
        nonlocal pressed
        pressed += 1
        page.keyboard.press(key)

    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    press("F2")
    expect(page.locator(".stage-connecting")).to_be_visible(timeout=PATIENCE)
    lin.product.ask("bridge", call=call["call"])
    expect(page.locator(".stage-talking")).to_be_visible(timeout=PATIENCE)
    press("F8")
    expect(page.locator(".stage-held")).to_be_visible(timeout=PATIENCE)
    press("F8")
    expect(page.locator(".stage-talking")).to_be_visible(timeout=PATIENCE)
    press("F4")
    expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    press("Alt+W")
    for letter in "yjj":
        press(letter)
    press("Enter")
    press("Control+Enter")
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    assert pressed <= 12
    assert lin.product.ask("reservation", reservation=call["reservation"])["disposition"] == "solved"
