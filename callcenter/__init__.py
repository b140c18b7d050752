"""Zhiyin 知音: the Django project: doors, hall, wiring."""

from callcenter.celery import app as celery_app

__all__ = ["celery_app"]
