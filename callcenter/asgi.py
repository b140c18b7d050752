"""The web server's way in: pages, API and the live stream."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
os.environ.setdefault("ZHIYIN_PROCESS", "web")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
