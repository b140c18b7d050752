"""The web server's way in: pages, API and the live stream."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
os.environ.setdefault("ZHIYIN_PROCESS", "web")

import django

django.setup(set_prefix=False)

from callcenter import warming  # noqa: E402 - needs the settings above
from callcenter.foundation.parents import leave_with_supervisor  # noqa: E402
from callcenter.serving import OneThreadHandler  # noqa: E402

leave_with_supervisor()
application = OneThreadHandler()
warming.start()
