"""Addresses of this door."""

from __future__ import annotations

from django.urls import path

from callcenter.backoffice import (
    household_views,
    import_views,
    insight_views,
    look_up_views,
    party_views,
    points_views,
    privacy_views,
    quality_views,
    reveal_views,
    rights_views,
    segment_views,
    views,
)

app_name = "backoffice"
urlpatterns = [
    path("find/", look_up_views.look_up, name="look_up"),
    path("review/", views.review, name="review"),
    path("review/<int:proposal>/", views.decide, name="decide"),
    path("review/<int:proposal>/effect/", views.effect, name="effect"),
    path("review/audit/<int:audit>/", views.audited, name="audited"),
    path("review/apart/<uuid:one>/<uuid:other>/", views.lift, name="lift"),
    path("unmerge/<uuid:customer>/", views.unmerge, name="unmerge"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/fetch/", import_views.fetch, name="imports_fetch"),
    path("imports/<int:job>/", import_views.job, name="import"),
    path("imports/<int:job>/start/", import_views.start, name="import_start"),
    path("imports/<int:job>/act/", import_views.act, name="import_act"),
    path("imports/<int:job>/errors.csv", import_views.errors_file, name="errors_file"),
    path("imports/mappings/<int:mapping>/forget/", import_views.forget_mapping, name="mapping_forget"),
    path("households/", household_views.households, name="households"),
    path("households/<int:proposal>/", household_views.decide, name="household_decide"),
    path("quality/", quality_views.quality, name="quality"),
    path("quality/consistency/", quality_views.agreement, name="consistency"),
    path("quality/rules/<slug:code>/", quality_views.rule, name="quality_rule"),
    path("quality/sources/", quality_views.describe, name="source_describe"),
    path("segments/", segment_views.segments, name="segments"),
    path("segments/new/", segment_views.segment, name="segment_new"),
    path("segments/count/", segment_views.count, name="segment_count"),
    path("segments/<int:segment_id>/", segment_views.segment, name="segment"),
    path("segments/<int:segment_id>/put-away/", segment_views.put_away, name="segment_put_away"),
    path("<uuid:customer>/reveal/", reveal_views.reveal, name="reveal"),
    path("<uuid:customer>/", views.customer, name="customer"),
    path("privacy/", rights_views.privacy, name="privacy"),
    path("privacy/requests/<int:asked>/", privacy_views.privacy_request, name="privacy_request"),
    path("privacy/requests/<int:asked>/file/", privacy_views.privacy_file, name="privacy_file"),
    path("<uuid:customer>/restricted/", rights_views.restricted, name="restricted"),
    path("<uuid:customer>/right/", rights_views.act, name="right"),
    path("<uuid:customer>/explained/", rights_views.explained, name="explained"),
    path("<uuid:customer>/export/", privacy_views.export, name="export"),
    path("<uuid:customer>/erase/", privacy_views.erase, name="erase"),
    path("<uuid:customer>/pins/", party_views.pin, name="pin"),
    path("<uuid:customer>/records/<int:record>/take-out/", party_views.take_out, name="take_out"),
    path("<uuid:customer>/relations/", party_views.relate, name="relate"),
    path("<uuid:customer>/points/", points_views.move, name="points"),
    path("<uuid:customer>/tags/", insight_views.tag, name="tag"),
]
