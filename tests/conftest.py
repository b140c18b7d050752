"""What every test finds: see `ground` for the database, here for the browser."""

from __future__ import annotations

import os
import shutil
import sys

import pytest
from django.utils import translation

from tests import ground

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"


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
