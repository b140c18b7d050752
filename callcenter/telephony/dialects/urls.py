"""Addresses that switches and platforms call in their own dialects."""

from __future__ import annotations

from django.urls import path

from callcenter.telephony.dialects import views

app_name = "hooks"
urlpatterns = [path("<slug:trunk>/<slug:hook>", views.hook, name="hook")]
