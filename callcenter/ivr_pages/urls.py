"""Addresses of the pages of the menus, below /floor/ivr/."""

from __future__ import annotations

from django.urls import path

from callcenter.ivr_pages import intent, proposals, views

app_name = "ivr_pages"
urlpatterns = [
    path("", views.explorer, name="explorer"),
    path("compare/", views.compare, name="compare"),
    path("intent/", intent.card, name="intent"),
    path("optimiser/", proposals.every, name="proposals"),
    path("optimiser/<int:number>/", proposals.one, name="proposal"),
    path("optimiser/<int:number>/<slug:act>/", proposals.decide, name="decide"),
    path("calls/", views.calls, name="calls"),
    path("calls/<str:call_id>/", views.trace, name="trace"),
    path("<slug:table>.csv", views.table_csv, name="csv"),
    path("tables.xlsx", views.tables_xlsx, name="xlsx"),
]
