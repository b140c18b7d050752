"""Addresses of this door."""

from __future__ import annotations

from django.urls import path

from callcenter.live import views

app_name = "live"
urlpatterns = [
    path("events", views.events, name="events"),
    path("session", views.session, name="session"),
]
