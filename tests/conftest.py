"""What every test finds: see `ground` for the database, here for the browser and for who runs what."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import settings as hypothesis
from xdist.scheduler import LoadScopeScheduling

from tests import ground
from tests.thorough import examples

# Examples are not timed: a busy machine is no fault of ours.
hypothesis.register_profile("house", deadline=None, max_examples=examples(100))
hypothesis.load_profile("house")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"

HERE = Path(__file__).parent
# Folders whose stories take longest: begun last, one of them would run alone while the other worker is idle.
FIRST = ("browser", "faults", "journeys", "integration/live", "integration/embedded", "integration/demo")


class WithTheirStack(LoadScopeScheduling):
    """Files stay together, and so do all stories in the browser: they share one running product."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = nodeid.split("::", 1)[0]
        return "browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> WithTheirStack:
    return WithTheirStack(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        place = item.path.relative_to(HERE).as_posix()
        return next((number for number, folder in enumerate(FIRST) if place.startswith(f"{folder}/")), len(FIRST))

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """What is imported by now lives to the end: the collector need not look through it after every few hundred objects."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not CHROMIUM:
        sentence = "Chromium is missing: apt-get install chromium fonts-noto-cjk, or set CHROMIUM to its path."
        if BROWSER_REQUIRED:
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)


@pytest.fixture(autouse=True)
def _english_to_begin_with() -> None:
    """A request answered in Chinese leaves its language on the thread: the next test must not inherit it."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _no_paths_of_another_database() -> None:
    """Each test's database is another, though the same callers ring at the same time: packed days must not outlive it."""
    loading = sys.modules.get("ivr.paths.loading")
    if loading is not None:
        loading.forget()


def pytest_unconfigure() -> None:
    ground.finish()
