"""The web server's way in: pages, API and the live stream."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
os.environ.setdefault("ZHIYIN_PROCESS", "web")

import django

django.setup(set_prefix=False)

from django.urls import get_resolver  # noqa: E402 - needs the settings above

from callcenter import warming  # noqa: E402
from callcenter.foundation.parents import leave_with_supervisor  # noqa: E402
from callcenter.serving import OneThreadHandler, allow_open_files  # noqa: E402

# A request gives the interpreter away at each of its twenty questions to the database, and waits for it behind whatever
# computes: five milliseconds each time by default. Measured beside one busy thread: 61 ms for twenty, 27 ms with one.
sys.setswitchinterval(0.001)
leave_with_supervisor()
allow_open_files()
application = OneThreadHandler()
# All doors and what stands behind them, a second of processor: before anybody knocks, not while the first ten wait.
_ = get_resolver().url_patterns
warming.start()
