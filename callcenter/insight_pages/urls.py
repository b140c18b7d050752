"""Addresses of the pages of insight, below /customers/."""

from __future__ import annotations

from django.urls import path

from callcenter.insight_pages import benefits, circles, fraud, groups, knowledge, lists, membership, nights, tags

app_name = "insight_pages"
urlpatterns = [
    path("circles/", circles.every, name="circles"),
    path("circles/<int:circle_id>/", circles.one, name="circle"),
    path("fraud/", fraud.cases, name="fraud"),
    path("fraud/<int:case_id>/", fraud.decide, name="fraud_decide"),
    path("<uuid:customer>/benefits/", benefits.used, name="benefit"),
    path("knowledge/", knowledge.every, name="knowledge"),
    path("knowledge/keep/", knowledge.keep, name="question_keep"),
    path("knowledge/<int:question_id>/put-away/", knowledge.put_away, name="question_put_away"),
    path("knowledge/<slug:key>/", knowledge.question, name="question"),
    path("<uuid:customer>/alike/", knowledge.alike, name="alike"),
    path("tags/", tags.every, name="tags"),
    path("tags/<str:key>/", tags.rule, name="tag_rule"),
    path("tags/<str:key>/count/", tags.count, name="tag_count"),
    path("membership/", membership.overview, name="membership"),
    path("nights/", nights.every, name="nights"),
    path("groups/", groups.profile, name="groups"),
    path("clusters/", groups.clusters, name="clusters"),
    path("segments/<int:segment_id>/lists/", lists.lists, name="lists"),
    path("segments/<int:segment_id>/lists/<int:export_id>/", lists.act, name="list_act"),
]
