"""Sign in, sign out, and the way to each role's first page."""

from __future__ import annotations

from django.urls import path

from callcenter.accounts import views

app_name = "accounts"
urlpatterns = [path("", views.home, name="home")]
