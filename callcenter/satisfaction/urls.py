"""Addresses of satisfaction: /s/… for callers, /floor/satisfaction/ for supervisors."""

from __future__ import annotations

from django.urls import path

from callcenter.satisfaction import link, views

app_name = "satisfaction"
urlpatterns = [
    path("s/<str:token>", link.page, name="link"),
    path("floor/satisfaction/", views.board, name="board"),
    path("floor/satisfaction/calls/", views.calls, name="calls"),
    path("floor/satisfaction/<slug:table>.csv", views.table_csv, name="csv"),
    path("floor/satisfaction/tables.xlsx", views.tables_xlsx, name="xlsx"),
]
