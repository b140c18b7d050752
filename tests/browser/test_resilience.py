"""The desk recovers by itself: lost servers, lost notices, late answers, reloads, many tabs, other windows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page, Route, expect

from tests.browser.desks import PATIENCE, Desk

DROP = """
delete window.SharedWorker;
const add = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (kind, act, ...more) {
  add.call(this, kind, (event) => (window.__deaf && kind !== 'beat' ? undefined : act(event)), ...more);
};
"""


def drawn(page: Page) -> dict[str, Any]:
    """What the page shows: state, stage, version."""
    shown: dict[str, Any] = page.evaluate(
        """() => ({
          shown: document.querySelector('#pill .state')?.className.match(/state-([a-z_]+)/)?.[1],
          stage: document.documentElement.dataset.stage,
          version: Number(document.documentElement.dataset.deskVersion),
          rings: document.querySelectorAll('#ring:popover-open .ring-accept').length,
        })"""
    )
    return shown


def test_the_server_goes_and_comes_back(lin: Desk) -> None:
    """T-RT1: gone for 20 s while a call rings: chip, snapshot afterwards, no doubled card, nothing blamed or lost."""
    page = lin.ready()
    lin.rings("mrs_chen")
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    lin.product.kill("web")
    gone_at = time.monotonic()
    expect(page.locator("#chip")).to_have_text("Reconnecting", timeout=PATIENCE)
    time.sleep(max(0, gone_at + 20 - time.monotonic()))
    lin.product.start("web")
    expect(page.locator("html")).to_have_attribute("data-stream", "live", timeout=90_000)
    expect(page.locator("#chip")).to_be_hidden()
    lin.vouches(page)
    # The desk was silent longer than its lease: the call went on to others, the agent is asked before the next one.
    expect(page.locator("#ring")).to_be_hidden(timeout=PATIENCE)
    expect(page.locator("#pill .state-break")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#today .missed li")).to_have_count(1)
    assert lin.state()["today"]["missed"][0]["reason"] == "desk_unreachable"
    page.get_by_role("button", name="Available").first.click()
    expect(page.locator("#ring .ring-accept")).to_have_count(1, timeout=PATIENCE)  # the same caller, at the old place


def test_a_late_answer_of_an_older_version_is_dropped(lin: Desk) -> None:
    """T-RT2: a snapshot that was overtaken on the way changes nothing."""
    page = lin.ready()
    held: list[tuple[Route, Any]] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/console/state", hold)
    page.evaluate("window.dispatchEvent(new Event('online'))")  # asks for a snapshot, whose answer we keep
    deadline = time.monotonic() + PATIENCE / 1000
    while not held and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    page.keyboard.press("Alt+R")
    page.get_by_role("button", name="Lunch").click()
    expect(page.locator("#pill")).to_contain_text("Lunch", timeout=PATIENCE)
    assert len(held) == 1
    route, answer = held[0]
    assert answer.json()["version"] < drawn(page)["version"]
    route.fulfill(response=answer)
    page.wait_for_timeout(500)
    expect(page.locator("#pill")).to_contain_text("Lunch")


def test_a_reload_changes_nothing(lin: Desk) -> None:
    """T-RT3: while ringing, in the call and in wrap-up: the same screen, the same lease, the draft in place."""
    page = lin.ready()
    call = lin.rings("mrs_chen")
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
    page.reload()
    lin.vouches(page)
    lin.answers(page, call)
    page.locator("#note").fill("asked about the fault")
    expect(page.locator("#note-state")).to_have_text("Saved", timeout=PATIENCE)
    page.reload()
    lin.vouches(page)
    expect(page.locator(".stage-talking")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#note")).to_have_value("asked about the fault", timeout=PATIENCE)
    lin.product.ask("hang_up", call=call["call"])
    expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    page.reload()
    lin.vouches(page)
    expect(page.locator(".wrap")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#note")).to_have_value("asked about the fault", timeout=PATIENCE)
    types = lin.product.ask("events", agent=lin.agent)["types"]
    assert types.count("agent.signed_in") == 1
    assert "agent.taken_over" not in types


def test_ten_tabs_share_one_stream(lin: Desk) -> None:
    """T-RT6: every tab loads, one stream is open; the same login without a worker follows a leader, or polls."""
    before = streams(lin)
    context = lin.context()
    first = lin.open(context)
    others = [lin.page(context) for _ in range(9)]
    for page in others:
        page.goto(lin.product.url + "/console/")
    for page in [first, *others]:
        expect(page.locator("html")).to_have_attribute("data-stream", "live", timeout=PATIENCE)
    assert streams(lin) - before == 1


def streams(desk: Desk) -> int:
    """Open streams of the web process, by its own count."""
    text = httpx.get(
        f"{desk.product.url}/metrics", headers={"Authorization": f"Bearer {desk.product.metrics_token}"}
    ).text
    return next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith("zhiyin_sse_clients "))


def test_without_a_worker_a_tab_leads(lin: Desk) -> None:
    """T-RT6: no shared worker: one tab holds the stream for both."""
    context = lin.context()
    context.add_init_script("delete window.SharedWorker;")
    first = lin.ready(context)
    second = lin.page(context)
    second.goto(lin.product.url + "/console/")
    lin.vouches(second, mine=False)
    lin.rings()
    for page in (first, second):
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)


def test_without_a_stream_the_desk_polls_and_says_so(lin: Desk) -> None:
    """T-RT6: neither worker nor stream: every 5 s a question, and the chip."""
    context = lin.context()
    context.add_init_script("delete window.SharedWorker; delete window.EventSource;")
    page = lin.page(context)
    page.goto(lin.product.url + "/console/")
    lin.vouches(page)
    expect(page.locator("#chip")).to_have_text("Polling")
    page.get_by_role("button", name="Available").first.click()
    expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
    lin.rings()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)


def test_a_lost_notice_is_noticed_by_the_next_beat(lin: Desk) -> None:
    """T-RT7: every notice is dropped on the way; the beat tells that something was said."""
    context = lin.context()
    context.add_init_script(DROP)
    page = lin.ready(context)
    page.route("**/console/pulse/", unanswered)  # the pulse would tell, too
    page.evaluate("window.__deaf = true")
    lin.rings()
    expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)


def unanswered(route: Route) -> None:
    """The server hears it, the page does not hear the server."""
    route.fetch()
    route.abort()


def test_what_is_drawn_is_what_is_true(hire: Callable[..., Desk]) -> None:
    """T-RT10: over a random walk of 200 operations, the page that only heard notices shows what a fresh snapshot says."""
    lin = hire("Lin", "林薇", mode="optional")
    page = lin.ready()
    for part in range(10):
        lin.product.ask("walk", agent=lin.agent, queue=lin.who["queue"], steps=20, random=part)
        html = page.locator("html")
        until = time.monotonic() + PATIENCE / 1000
        # Somebody whose rest after a no is over may be rung in the meantime: the truth is read again beside the page.
        while html.get_attribute("data-desk-version") != str((state := lin.state())["version"]):
            assert time.monotonic() < until
            page.wait_for_timeout(100)
        stage = state["work"]["stage"] if state["work"] else "idle"
        expect(html).to_have_attribute("data-stage", stage)
        expect(page.locator(f"#pill .state-{state['agent']['shown']}")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#ring:popover-open .ring-accept")).to_have_count(int(stage == "ringing"), timeout=PATIENCE)
        expect(page.locator("#dock .wrap")).to_have_count(int(stage == "wrapping"), timeout=PATIENCE)
        expect(page.locator("#today .figures dd").first).to_have_text(str(state["today"]["served"]), timeout=PATIENCE)


def test_another_browser_takes_over(lin: Desk) -> None:
    """T-TAB1: the first one reads along and says where; its old lease commands nothing any more."""
    first = lin.ready()
    lease = first.locator("#shell").get_attribute("data-lease")
    second = lin.page(lin.context())
    second.goto(lin.product.url + "/console/")
    lin.vouches(second, mine=False)
    expect(second.locator("#elsewhere")).to_contain_text("open in another window")
    second.get_by_role("button", name="Take over here").click()
    lin.vouches(second)
    lin.vouches(first, mine=False)
    expect(first.locator("#elsewhere")).to_contain_text("Chrome", timeout=PATIENCE)
    answer = first.evaluate(
        """async (lease) => {
          const headers = {'X-CSRFToken': JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken'],
                           'Idempotency-Key': 'from-the-old-window', 'X-Lease': lease, 'Content-Type': 'application/json'};
          const body = JSON.stringify({presence: 'break', reason: 'lunch'});
          const answer = await fetch('/console/presence/', {method: 'POST', headers, body});
          return [answer.status, (await answer.json()).code];
        }""",
        lease,
    )
    assert answer == [409, "lease_lost"]
    expect(second.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
