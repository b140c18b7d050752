"""Addresses of this door."""

from __future__ import annotations

from django.urls import path

from callcenter.floor import routing_views, views

app_name = "floor"
urlpatterns = [
    path("", views.live, name="live"),
    path("now/", views.now, name="now"),
    path("queues.csv", views.queues_file, name="queues_file"),
    path("calls/", views.calls, name="calls"),
    path("calls.csv", views.calls_file, name="calls_file"),
    path("calls/<str:call_id>/", views.call, name="call"),
    path("calls/<str:call_id>/why/", routing_views.why, name="why"),
    path("calls/<str:call_id>/act/", routing_views.call_acts, name="call_acts"),
    path("agents/<slug:key>/", routing_views.agent_acts, name="agent"),
    path("queues/<slug:key>/", routing_views.queue_acts, name="queue"),
    path("pairing/", routing_views.pairing, name="pairing"),
    path("ivr/", views.ivr, name="ivr"),
    path("ivr/<slug:table>.csv", views.ivr_file, name="ivr_file"),
]
