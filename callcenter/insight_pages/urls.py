"""Addresses of the pages of insight, below /customers/."""

from __future__ import annotations

from django.urls import path

from callcenter.insight_pages import benefits, circles, fraud, groups, lists, nights

app_name = "insight_pages"
urlpatterns = [
    path("circles/", circles.every, name="circles"),
    path("circles/<int:circle_id>/", circles.one, name="circle"),
    path("fraud/", fraud.cases, name="fraud"),
    path("fraud/<int:case_id>/", fraud.decide, name="fraud_decide"),
    path("<uuid:customer>/benefits/", benefits.used, name="benefit"),
    path("nights/", nights.every, name="nights"),
    path("groups/", groups.profile, name="groups"),
    path("clusters/", groups.clusters, name="clusters"),
    path("segments/<int:segment_id>/lists/", lists.lists, name="lists"),
    path("segments/<int:segment_id>/lists/<int:export_id>/", lists.act, name="list_act"),
]
