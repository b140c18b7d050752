"""A desk in a real browser, as a story speaks of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.processes import Product

FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-sandbox", "--mute-audio"]
PATIENCE = 30_000  # milliseconds; outcomes are awaited, never timed
WATCH = """
window.__csp = [];
document.addEventListener('securitypolicyviolation', (e) => window.__csp.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@dataclass
class Desk:
    """One agent with a login, a queue of their own and as many pages as the story needs."""

    product: Product
    browser: Browser
    who: dict[str, Any]
    language: str = "en"
    contexts: list[BrowserContext] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)  # paths the pages asked for, with the method
    broken: list[str] = field(default_factory=list)  # violations and script errors; a story must leave it empty

    @property
    def agent(self) -> int:
        return int(self.who["agent"])

    def context(self, **more: Any) -> BrowserContext:
        """A browser of its own: another login session of the same person."""
        options = {"viewport": {"width": 1366, "height": 768}, **more}
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        cookie = self.product.ask("sign_in", user=self.who["user"])["cookie"]
        context.add_cookies(
            [
                {"name": "sessionid", "value": cookie, "url": self.product.url},
                {"name": "django_language", "value": self.language, "url": self.product.url},
            ]
        )
        context.add_init_script(WATCH)
        self.contexts.append(context)
        return context

    def page(self, context: BrowserContext | None = None) -> Page:
        page = (context or self.context()).new_page()
        page.on(
            "request",
            lambda request: self.fetched.append(f"{request.method} {request.url.removeprefix(self.product.url)}"),
        )
        page.on("pageerror", lambda error: self.broken.append(f"script: {error}"))
        page.on("console", lambda said: self._listen(said.text))
        return page

    def _listen(self, text: str) -> None:
        if "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.broken.append(text)

    def open(self, context: BrowserContext | None = None, path: str = "/console/") -> Page:
        """Open the desk and wait until it vouches for its agent."""
        page = self.page(context)
        page.goto(self.product.url + path)
        expect(page.locator("html")).to_have_attribute("data-stream", "live", timeout=PATIENCE)
        self.vouches(page)
        return page

    def vouches(self, page: Page, mine: bool = True) -> None:
        """Wait until this page vouches for its agent; or until it only reads along."""
        expect(page.locator("html")).to_have_attribute("data-lease", "mine" if mine else "elsewhere", timeout=PATIENCE)

    def ready(self, context: BrowserContext | None = None, path: str = "/console/") -> Page:
        """A desk whose agent is available."""
        page = self.open(context, "/console/")
        page.get_by_role("button", name=self.word("Available", "就绪")).first.click()
        expect(page.locator("#pill .state-available")).to_be_visible(timeout=PATIENCE)
        if path != "/console/":
            page.goto(self.product.url + path)
            self.vouches(page)
        return page

    def word(self, en: str, zh: str) -> str:
        return zh if self.language.startswith("zh") else en

    def rings(self, who: str = "mrs_chen", **more: Any) -> dict[str, Any]:
        """Somebody calls, and this agent is held for them."""
        call: dict[str, Any] = self.product.ask("call", who=who, queue=self.who["queue"], **more)
        until = time.monotonic() + PATIENCE / 1000
        # While the dispatcher is at work the call waits for it.
        while not call["reservation"]:
            assert time.monotonic() < until, "nobody was free"
            time.sleep(0.1)
            call |= self.product.ask("held", call=call["call"])
        return call

    def answers(self, page: Page, call: dict[str, Any]) -> None:
        """The agent answers by key; the switch connects."""
        expect(page.locator("#ring .ring-accept")).to_be_visible(timeout=PATIENCE)
        page.keyboard.press("F2")
        expect(page.locator(".stage-connecting")).to_be_visible(timeout=PATIENCE)
        self.product.ask("bridge", call=call["call"])
        expect(page.locator(".stage-talking")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".identity")).to_be_visible(timeout=PATIENCE)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.product.ask("state", agent=self.agent)
        return found

    def close(self) -> None:
        for context in self.contexts:
            for page in context.pages:
                self.broken += page.evaluate("window.__csp ?? []")
            context.close()
        self.contexts.clear()
