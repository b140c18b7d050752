"""Health and figures."""

from __future__ import annotations

from django.urls import path

from callcenter.foundation import views

app_name = "foundation"
urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("startupz", views.startupz, name="startupz"),
    path("metrics", views.metrics, name="metrics"),
]
