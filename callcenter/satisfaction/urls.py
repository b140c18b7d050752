"""Addresses of satisfaction: /s/… for callers, /floor/satisfaction/ for supervisors."""

from __future__ import annotations

from django.urls import path

from callcenter.satisfaction import following, link, views

app_name = "satisfaction"
urlpatterns = [
    path("s/<str:token>", link.page, name="link"),
    path("floor/satisfaction/", views.board, name="board"),
    path("floor/satisfaction/follow-up/", following.every, name="following"),
    path("floor/satisfaction/follow-up/<int:number>/", following.one, name="follow_up"),
    path("floor/satisfaction/follow-up/<int:number>/<slug:act>/", following.act, name="follow_up_act"),
    path("floor/satisfaction/calls/", views.calls, name="calls"),
    path("floor/satisfaction/<slug:table>.csv", views.table_csv, name="csv"),
    path("floor/satisfaction/tables.xlsx", views.tables_xlsx, name="xlsx"),
]
