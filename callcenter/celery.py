"""Celery for slow and scheduled work. Routing never passes through here."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")

app = Celery("zhiyin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
