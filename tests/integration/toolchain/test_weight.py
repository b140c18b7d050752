"""A web process stays light: each of the packages below costs tens of megabytes, and there are many web processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEAVY = (
    "pandas pyarrow duckdb ibis splink sklearn skops networkit statsmodels lifelines matplotlib pypinyin faker"
    # imported in the function that matches, and only there
    " scipy"
).split()
LIMIT_MB = 150

PROBE = """
import sys
import callcenter.asgi
from django.urls import get_resolver
get_resolver().url_patterns  # the doors are imported with their addresses, at the first request
import psutil
print(psutil.Process().memory_info().rss // 1_000_000, *sorted(sys.modules))
"""


def test_the_web_process_is_light_and_knows_no_analytics() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "callcenter.settings"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    megabytes, modules = int(answer[0]), set(answer[1:])
    assert modules.isdisjoint(HEAVY)
    assert megabytes <= LIMIT_MB
