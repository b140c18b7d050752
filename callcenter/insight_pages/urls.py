"""Addresses of the pages of insight, below /customers/."""

from __future__ import annotations

from django.urls import path

from callcenter.insight_pages import circles

app_name = "insight_pages"
urlpatterns = [
    path("circles/", circles.every, name="circles"),
    path("circles/<int:circle_id>/", circles.one, name="circle"),
]
