"""One running product and one Chromium for the whole folder; each story brings agents and a queue of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.desks import FLAGS, PATIENCE, Desk
from tests.browser.processes import Product, drop_database, scratch_database
from tests.conftest import CHROMIUM

_agents = count(1)
expect.set_options(timeout=PATIENCE)  # what comes about comes about; how soon is no story's business


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Web, relay and dispatcher on a scratch database."""
    server = os.environ["DATABASE_URL"]
    name = f"browser_{os.getpid()}"
    product = Product(database_url=scratch_database(server, name), var=tmp_path_factory.mktemp("var"))
    try:
        product.prepare()
        product.start("web", "relay", "route")
        yield product
    finally:
        product.stop()
        drop_database(server, name)


@pytest.fixture(scope="module")
def chromium(product: Product) -> Iterator[Browser]:
    # Per module: while it lives this thread has an event loop, and the ORM of any other test would refuse to work.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def hire(product: Product, chromium: Browser) -> Iterator[Callable[..., Desk]]:
    """Hire an agent for this story: `hire("Lin", "林")`. Whatever broke in their pages fails the story."""
    desks: list[Desk] = []

    def hire(en: str = "Lin", zh: str = "林薇", *, language: str = "en", **queue: Any) -> Desk:
        who = product.ask(
            "agent", key=f"{en.lower()}-{os.getpid()}-{next(_agents)}", en=en, zh=zh, language=language, **queue
        )
        desks.append(Desk(product=product, browser=chromium, who=who, language=language))
        return desks[-1]

    yield hire
    for desk in desks:
        desk.close()
    product.ask("curtain")
    assert [line for desk in desks for line in desk.broken] == []


@pytest.fixture
def lin(hire: Callable[..., Desk]) -> Desk:
    return hire("Lin", "林薇")
