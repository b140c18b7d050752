"""Addresses of satisfaction: /s/… for callers."""

from __future__ import annotations

from django.urls import path

from callcenter.satisfaction import link

app_name = "satisfaction"
urlpatterns = [
    path("s/<str:token>", link.page, name="link"),
]
