"""A call rings: on whatever page, in whatever tab, once, and for as long as the server says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.cdp import Tab, chromium
from tests.browser.desks import PATIENCE, Desk
from tests.conftest import CHROMIUM

TOLD = """
window.__told = [];
window.Notification = class {
  static permission = 'granted';
  constructor(text) { window.__told.push(text); }
  close() {}
};
"""


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
    # Under three seconds of talk nobody has been served, and the caller would wait on.
    expect(page.locator(".call-timer")).to_have_text(re.compile(r"0:(0[4-9]|[1-5]\d)|[1-9]\d*:\d\d"), timeout=PATIENCE)
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


def test_a_hidden_tab_rings(lin: Desk, tmp_path: Path) -> None:
    """T-RING1 and T-RING2: hidden and throttled, card, title and notification appear, with one fragment fetched."""
    assert CHROMIUM is not None
    with chromium(CHROMIUM, tmp_path) as browser:
        desk, other = browser.tab(), browser.tab()
        _prepare(desk, lin)
        desk.wait_for("document.documentElement.dataset.lease === 'mine'")
        desk.evaluate("document.querySelector('#status .btn-success').click()")
        desk.wait_for("document.querySelector('#pill .state-available') !== null")
        other.to_front()
        desk.wait_for("document.hidden")
        call = lin.rings("mrs_chen")
        desk.wait_for("document.querySelector('#ring:popover-open .ring-accept') !== null")
        assert desk.evaluate("document.hidden") is True
        assert desk.evaluate("document.title").startswith("(1)")
        assert desk.evaluate("window.__told") == ["A call is coming in"]
        fetched = desk.evaluate(
            f"performance.getEntriesByType('resource').filter(e => e.name.endsWith('/{call['reservation']}/')).length"
        )
        assert fetched == 1

        time.sleep(3)  # a spell in which the tab's own timers run once a second
        # A clock that stands or counts its own throttled seconds never comes right again; a late one does.
        deadline = time.monotonic() + PATIENCE / 1000
        while not tells_the_time(desk, lin):
            assert time.monotonic() < deadline


def tells_the_time(tab: Tab, desk: Desk) -> bool:
    """Whether the card's clock stands where the server's does."""
    before = left(desk)
    minutes, seconds = tab.evaluate("document.querySelector('.ring-left .timer').textContent").split(":")
    return left(desk) - 1 <= int(minutes) * 60 + int(seconds) <= before + 1


def left(desk: Desk) -> float:
    """Seconds until the phone stops ringing, by the server."""
    state = desk.state()
    return (datetime.fromisoformat(state["work"]["deadline"]) - datetime.fromisoformat(state["now"])).total_seconds()


def _prepare(tab: Tab, lin: Desk) -> None:
    """Sign in, allow notifications, and keep what is told for the test to read."""
    url = lin.product.url
    tab.send("Network.enable")
    tab.send("Page.enable")
    tab.send(
        "Network.setCookie", name="sessionid", value=lin.product.ask("sign_in", user=lin.who["user"])["cookie"], url=url
    )
    tab.chromium.send("Browser.grantPermissions", origin=url, permissions=["notifications"])
    tab.send("Page.addScriptToEvaluateOnNewDocument", source=TOLD)
    tab.send("Page.navigate", url=f"{url}/console/")


def test_an_editor_keeps_focus_and_caret(lin: Desk) -> None:
    """T-RING3: the card takes nothing from who is typing, and is announced once."""
    page = lin.ready()
    page.evaluate(
        """() => {
          const editor = document.createElement('textarea');
          editor.id = 'own';
          document.getElementById('content').append(editor);
          editor.value = 'half a sentence';
          editor.focus();
          editor.setSelectionRange(4, 4);
          window.__said = [];
          new MutationObserver(() => window.__said.push(document.getElementById('announce').textContent))
            .observe(document.getElementById('announce'), {childList: true, characterData: true, subtree: true});
        }"""
    )
    lin.rings()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("window.__said.length > 0")
    page.wait_for_timeout(1500)  # renewals of other regions come and go meanwhile
    assert page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]") == ["own", 4]
    assert page.evaluate("window.__said") == ["A call is coming in"]


def test_a_missed_call_says_so(lin: Desk) -> None:
    """T-RING4: time runs out, the outcome is `missed`, the list shows it, the agent stays available after one miss."""
    page = lin.ready()
    call = lin.rings()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    lin.product.ask("colleague", queue=lin.who["queue"])  # alone, Lin would be rung again at once
    lin.product.ask("age", reservation=call["reservation"], seconds=150)
    expect(page.locator("#ring")).to_contain_text("Not answered in time", timeout=PATIENCE)
    expect(page.locator("#today .missed")).to_contain_text("Missed", timeout=PATIENCE)
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#ring")).to_be_hidden(timeout=PATIENCE)
    found = lin.product.ask("reservation", reservation=call["reservation"])
    assert (found["state"], found["end_reason"]) == ("timeout", "missed")


def test_answering_twice_answers_once(lin: Desk) -> None:
    """T-RING5: the second F2 finds nothing to do."""
    page = lin.ready()
    call = lin.rings()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("F2")
    page.keyboard.press("F2")
    expect(page.locator(".stage-connecting")).to_be_visible(timeout=PATIENCE)
    assert lin.fetched.count(f"POST /console/reservations/{call['reservation']}/accept/") == 1
    assert lin.product.ask("events", agent=lin.agent, type="reservation.accepted")["types"] == ["reservation.accepted"]


def test_a_second_tab_takes_over_by_answering(lin: Desk) -> None:
    """T-RING6: the card shows in both tabs; answering in the second one is take over and answer."""
    first = lin.ready()
    second = lin.page(first.context)
    second.goto(lin.product.url + "/console/")
    lin.vouches(second, mine=False)
    lin.rings()
    for page in (first, second):
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    second.keyboard.press("F2")
    expect(second.locator(".stage-connecting")).to_be_visible(timeout=PATIENCE)
    lin.vouches(second)
    lin.vouches(first, mine=False)
    expect(first.locator("#elsewhere")).to_be_visible()
    assert lin.product.ask("events", agent=lin.agent, type="reservation.accepted")["types"] == ["reservation.accepted"]


def test_a_call_withdrawn_at_the_last_moment(lin: Desk) -> None:
    """T-RING9: the caller hangs up while F2 is on its way: a sentence, and nobody is connected."""
    page = lin.ready()
    call = lin.rings()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    under_way: list[Route] = []
    page.route("**/accept/", lambda route: under_way.append(route))
    page.keyboard.press("F2")
    deadline = time.monotonic() + PATIENCE / 1000
    while not under_way and time.monotonic() < deadline:
        page.wait_for_timeout(20)  # the request is seen before its route is taken
    lin.product.ask("hang_up", call=call["call"])
    with page.expect_response("**/accept/") as answered:
        under_way[0].continue_()
    assert answered.value.status == 409
    expect(page.locator("#toasts .toast")).to_contain_text("no longer possible", timeout=PATIENCE)
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(page.locator("#ring")).to_be_hidden(timeout=PATIENCE)
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    assert lin.product.ask("reservation", reservation=call["reservation"])["state"] == "canceled"
    assert lin.product.ask("events", agent=lin.agent, type="reservation.accepted")["types"] == []


def test_a_wished_call_is_called_off_by_keyboard(hire: Callable[..., Desk]) -> None:
    """The agent sees whom another system wants them to call, and takes it back before anybody answers."""
    lin = hire("Lin", "林薇", language="zh-hans")
    page = lin.ready()
    wished = lin.product.ask("wish", agent=lin.agent, who="mrs_chen")
    expect(page.locator(".stage-connecting")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="取消外呼")).to_have_attribute("aria-keyshortcuts", "F4")
    expect(page.locator(".call-hint")).to_have_text("先接通您的话机，再拨客户。")
    page.keyboard.press("F4")
    expect(page.locator("#toasts .toast")).to_contain_text("外呼已取消", timeout=PATIENCE)
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".stage-connecting")).to_have_count(0)
    assert lin.product.ask("reservation", reservation=wished["reservation"])["end_reason"] == "canceled"


def test_a_promise_is_called_off_by_keyboard_and_stands(lin: Desk) -> None:
    """The agent has answered their own phone and takes the call back before the customer's is answered."""
    page = lin.ready()
    promised = lin.product.ask("promise", agent=lin.agent, call=lin.rings()["call"])
    expect(page.locator("#ring")).to_contain_text("Callback", timeout=PATIENCE)
    page.keyboard.press("F2")
    expect(page.locator(".call-hint")).to_have_text("Your phone rings first, then the customer's.", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Call off")).to_have_attribute("aria-keyshortcuts", "F4")
    page.keyboard.press("F4")
    expect(page.locator("#toasts .toast")).to_contain_text("rung back later", timeout=PATIENCE)
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    assert lin.product.ask("reservation", reservation=promised["reservation"])["end_reason"] == "canceled"


def test_the_same_customer_again_beside_the_wrap_up_has_all_parts(lin: Desk) -> None:
    """A second conversation with whom the first is still wrapped up: timeline, offers and script are fetched anew."""
    page = lin.ready()
    for _ in range(2):
        held = lin.rings(channel="wechat")["reservation"]
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
        page.keyboard.press("F2")
        expect(page.locator(f"#work .script[id*='{held}']")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#work .skeletons")).to_have_count(0, timeout=PATIENCE)
        page.keyboard.press("F4")
        expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)


def test_what_is_open_stays_on_the_screen_while_two_others_ring(lin: Desk) -> None:
    page = lin.ready()
    first = lin.rings(channel="wechat")["reservation"]
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("F2")
    script = page.locator(f"#work .script[id*='{first}']")
    expect(script).to_be_visible(timeout=PATIENCE)
    for who in ("mr_zhao", "stranger"):
        lin.rings(who, channel="wechat")
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".others li")).to_have_count(1, timeout=PATIENCE)
    expect(script).to_be_visible()
    page.reload()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    expect(script).to_be_visible(timeout=PATIENCE)


def test_what_is_typed_and_pressed_stays_with_its_own_conversation(lin: Desk) -> None:
    """Two are written with at once: neither note, nor menu, nor key of the one reaches the other."""
    page = lin.ready()
    calls = []
    for who, typed in (("mrs_chen", "of Mrs Chen"), ("mr_zhao", "of Mr Zhao")):
        calls.append(call := lin.rings(who, channel="wechat"))
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
        page.keyboard.press("F2")  # out of the first one's note, a moment after the last key
        expect(page.locator(f"#conversation-{call['reservation']}")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#note")).to_have_value("", timeout=PATIENCE)
        _acts_on(page, call["call"])
        page.locator("#note").press_sequentially(typed)
    first, second = calls
    page.keyboard.press("Alt+KeyG")
    expect(page.locator(f"#conversation-{first['reservation']}")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#note")).to_have_value("of Mrs Chen", timeout=PATIENCE)
    _acts_on(page, first["call"])
    for call, typed in zip(calls, ("of Mrs Chen", "of Mr Zhao"), strict=True):
        _is_stored(lin, call["call"], typed)
    page.keyboard.press("F4")
    expect(page.locator(f"#wrap-up-{first['reservation']}")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+W")
    page.keyboard.type("yj")
    page.keyboard.press("Alt+KeyG")
    expect(page.locator(f"#conversation-{second['reservation']}")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#note")).to_have_value("of Mr Zhao", timeout=PATIENCE)
    page.keyboard.press("F4")
    expect(page.locator(f"#wrap-up-{second['reservation']}")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#disposition")).to_have_value("", timeout=PATIENCE)


def test_a_wrap_up_that_comes_late_does_not_cover_the_next_conversation(lin: Desk) -> None:
    page = lin.ready()
    calls = _two(page, lin)
    asked: list[Route] = []
    page.route("**/wrap-up/", lambda route: asked.append(route))
    page.keyboard.press("F4")
    expect(page.locator("#call .stage-wrapping")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+KeyG")
    expect(page.locator(f"#conversation-{calls[0]['reservation']}")).to_be_visible(timeout=PATIENCE)
    assert asked
    for route in asked:
        route.continue_()
    page.unroute("**/wrap-up/")
    for _ in range(5):  # as long as the answer may take, and the page to show it
        page.evaluate("fetch('/console/state').then((answer) => answer.text())")
    expect(page.locator("#dock")).to_be_hidden()
    expect(page.locator(f"#conversation-{calls[0]['reservation']}")).to_be_visible()
    page.keyboard.press("Alt+KeyG")  # back, and the wrap-up is asked for again
    expect(page.locator(f"#wrap-up-{calls[1]['reservation']}")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Alt+KeyG")
    expect(page.locator(f"#conversation-{calls[0]['reservation']}")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#dock")).to_be_hidden()
    expect(page.locator("#dock form")).to_have_count(0)


def _two(page: Page, lin: Desk) -> list[dict[str, str]]:
    calls = []
    for who in ("mrs_chen", "mr_zhao"):
        calls.append(call := lin.rings(who, channel="wechat"))
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
        page.keyboard.press("F2")
        expect(page.locator(f"#conversation-{call['reservation']}")).to_be_visible(timeout=PATIENCE)
    return calls


def test_while_a_wrap_up_is_fetched_no_other_one_can_be_saved(lin: Desk) -> None:
    page = lin.ready()
    first, second = _two(page, lin)
    for call in (second, first):
        page.keyboard.press("F4")
        expect(page.locator(f"#wrap-up-{call['reservation']}")).to_be_visible(timeout=PATIENCE)
        if call is second:
            page.keyboard.press("Alt+KeyG")
            expect(page.locator(f"#conversation-{first['reservation']}")).to_be_visible(timeout=PATIENCE)
    page.route("**/wrap-up/", lambda route: None)
    page.keyboard.press("Alt+KeyG")
    expect(page.locator(f"#front-{second['reservation']}")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#dock form")).to_have_count(0, timeout=PATIENCE)


def test_a_customer_who_cannot_be_fetched_is_not_another_one(lin: Desk) -> None:
    page = lin.ready()
    first, second = _two(page, lin)
    page.locator("#note").press_sequentially("of Mr Zhao")
    page.route(f"**/{first['reservation']}/identity/", lambda route: route.fulfill(status=503, body=""))
    page.keyboard.press("Alt+KeyG")
    expect(page.locator("#work .panel-failed")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(f"#conversation-{second['reservation']}")).to_have_count(0, timeout=PATIENCE)
    _is_stored(lin, second["call"], "of Mr Zhao")


def test_a_window_in_which_nothing_was_typed_saves_what_another_one_did(lin: Desk) -> None:
    context = lin.context()
    first = lin.ready(context)
    call = lin.rings("mr_zhao", channel="wechat")
    expect(first.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    first.keyboard.press("F2")
    expect(first.locator("#note")).to_be_visible(timeout=PATIENCE)
    second = lin.page(context)
    second.goto(lin.product.url + "/console/")
    lin.vouches(second, mine=False)
    expect(second.locator("#note")).to_be_visible(timeout=PATIENCE)
    first.locator("#note").press_sequentially("a credit of 50 yuan")
    _is_stored(lin, call["call"], "a credit of 50 yuan")
    second.locator("#take-over").click()
    lin.vouches(second)
    second.keyboard.press("F4")
    expect(second.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    second.keyboard.press("Alt+W")
    second.keyboard.type("yjj")
    second.keyboard.press("Enter")
    second.keyboard.press("Control+Enter")
    expect(second.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    assert lin.product.ask("notes", call=call["call"])["notes"] == ["a credit of 50 yuan"]


def test_a_name_revealed_late_is_not_written_over_another_customer(lin: Desk) -> None:
    page = lin.ready()
    for who in ("mrs_chen", "mr_zhao"):
        call = lin.rings(who, channel="wechat")
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
        page.keyboard.press("F2")
        expect(page.locator(f"#conversation-{call['reservation']}")).to_be_visible(timeout=PATIENCE)
    masked = page.locator(".identity-name").inner_text()
    asked: list[Route] = []
    page.route("**/console/reveal/", lambda route: asked.append(route))
    page.locator("[data-reveal=name]").click()
    page.keyboard.press("Alt+KeyG")
    expect(page.locator(".identity-name")).not_to_have_text(masked, timeout=PATIENCE)
    other = page.locator(".identity-name").inner_text()
    with page.expect_response("**/console/reveal/"):
        asked[0].continue_()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.locator(".identity-name").inner_text() == other
    expect(page.locator(".revealed")).to_have_count(0)


def _acts_on(page: Page, call: str) -> None:
    """Every button of the card at the left is about this call."""
    expect(page.locator(f"#transfer-menu[data-find*='{call}']")).to_have_count(1, timeout=PATIENCE)
    others = page.locator(f"#call .call-acts [data-command*='/calls/']:not([data-command*='{call}'])")
    expect(others).to_have_count(0, timeout=PATIENCE)


def _is_stored(desk: Desk, call: str, note: str) -> None:
    until = time.monotonic() + PATIENCE / 1000
    while (text := desk.product.ask("draft", call=call, user=desk.who["user"])["text"]) != note:
        assert time.monotonic() < until, text
        time.sleep(0.1)


def test_the_card_rings_on_other_pages(hire: Callable[..., Desk]) -> None:
    """The ring card is the same on every page of an agent, here in Chinese."""
    lin = hire("Lin", "林薇", language="zh-hans")
    page = lin.ready(path="/console/check/")
    lin.rings("zhang_san", menus=True)
    expect(page.locator("#ring")).to_contain_text("张*", timeout=PATIENCE)
    expect(page.locator("#ring")).to_contain_text("199****0002")
    expect(page.locator("#ring")).to_contain_text("导航路径")
    assert "+8619900000002" not in page.content()
