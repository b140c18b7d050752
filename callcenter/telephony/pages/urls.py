"""Addresses of the integration pages."""

from __future__ import annotations

from django.urls import path

from callcenter.telephony.pages import connect, views

app_name = "integration"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("connect/<slug:trunk>/", connect.connect, name="connect"),
    path("connect/<slug:trunk>/voice/", connect.voice, name="connect_voice"),
    path("connect/<slug:trunk>/secret/", connect.secret, name="connect_secret"),
    path("connect/<slug:trunk>/key/", connect.connect_key, name="connect_key"),
    path("keys/", views.key_create, name="key_create"),
    path("keys/<slug:prefix>/", views.key, name="key"),
    path("keys/<slug:prefix>/rotate/", views.key_rotate, name="key_rotate"),
    path("keys/<slug:prefix>/revoke/", views.key_revoke, name="key_revoke"),
    path("webhooks/", views.webhook_create, name="webhook_create"),
    path("webhooks/<slug:webhook>/", views.webhook, name="webhook"),
    path("webhooks/<slug:webhook>/deliveries/<int:delivery>/", views.delivery, name="delivery"),
    path("webhooks/<slug:webhook>/deliveries/<int:delivery>/redeliver/", views.redeliver, name="redeliver"),
    path("webhooks/<slug:webhook>/<slug:act>/", views.webhook_act, name="webhook_act"),
]
