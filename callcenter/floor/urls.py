"""Addresses of this door."""

from __future__ import annotations

from django.urls import path

from callcenter.floor import (
    callback_views,
    campaign_views,
    catalogue_views,
    circumstance_views,
    offer_views,
    queue_views,
    roster_views,
    routing_views,
    script_views,
    skill_views,
    views,
)

app_name = "floor"
urlpatterns = [
    path("", views.live, name="live"),
    path("now/", views.now, name="now"),
    path("queues.csv", views.queues_file, name="queues_file"),
    path("calls/", views.calls, name="calls"),
    path("calls.csv", views.calls_file, name="calls_file"),
    path("calls/<str:call_id>/", views.call, name="call"),
    path("calls/<str:call_id>/why/", routing_views.why, name="why"),
    path("contact-policy/", offer_views.contact_policy, name="contact_policy"),
    path("contact-policy/ask/", offer_views.contact_ask, name="contact_ask"),
    path("contact-policy/<int:rules>/", offer_views.contact_judge, name="contact_judge"),
    path("offers/", offer_views.results, name="offer_results"),
    path("scripts/", script_views.scripts, name="scripts"),
    path("scripts/new/", script_views.new_script, name="new_script"),
    path("scripts/<slug:key>/", script_views.script, name="script"),
    path("scripts/<slug:key>/<int:version>/", script_views.script_act, name="script_act"),
    path("scripts/<slug:key>/<int:version>/preview/", script_views.script_preview, name="script_preview"),
    path("campaigns/", campaign_views.campaigns, name="campaigns"),
    path("campaigns/new/", campaign_views.new_campaign, name="new_campaign"),
    path("campaigns/<int:campaign>/", campaign_views.campaign, name="campaign"),
    path("campaigns/<int:campaign>/act/", campaign_views.campaign_act, name="campaign_act"),
    path("circumstances/", circumstance_views.circumstances, name="circumstances"),
    path("circumstances/<int:circumstance>/", circumstance_views.end, name="circumstance_end"),
    path("catalogue/", catalogue_views.catalogue, name="catalogue"),
    path("catalogue/rivals/", catalogue_views.rivals, name="rivals"),
    path("catalogue/<slug:code>/", catalogue_views.product, name="product"),
    path("calls/<str:call_id>/act/", routing_views.call_acts, name="call_acts"),
    path("agents/<slug:key>/", routing_views.agent_acts, name="agent"),
    path("queues/<slug:key>/", routing_views.queue_acts, name="queue"),
    path("roster/", roster_views.roster, name="roster"),
    path("roster/refused/<uuid:name>.csv", roster_views.roster_errors, name="roster_errors"),
    path("roster/<slug:kind>.csv", roster_views.roster_file, name="roster_file"),
    path("queues/", queue_views.queues, name="queues"),
    path("queues/<slug:key>/settings/", queue_views.settings, name="queue_settings"),
    path("what-if/<int:number>/", queue_views.what_if, name="what_if"),
    path("skills/", skill_views.skills, name="skills"),
    path("callbacks/", callback_views.callbacks, name="callbacks"),
    path("callbacks/<str:callback>/", callback_views.callback_act, name="callback_act"),
    path("pairing/", routing_views.pairing, name="pairing"),
]
