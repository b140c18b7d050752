"""Addresses of the pages of the menus, below /floor/ivr/."""

from __future__ import annotations

from django.urls import path

from callcenter.ivr_pages import findings, flows, intake, intent, proposals, reports, trials, views

app_name = "ivr_pages"
urlpatterns = [
    path("", views.explorer, name="explorer"),
    path("compare/", views.compare, name="compare"),
    path("findings/", findings.every, name="findings"),
    path("reports/", reports.every, name="reports"),
    path("reports/recipients/<int:number>/remove/", reports.remove_recipient, name="remove_recipient"),
    path("reports/<int:number>/send/", reports.send, name="send_report"),
    path("reports/<int:number>/", reports.one, name="report"),
    path("reports/<int:number>.pdf", reports.pdf, name="report_pdf"),
    path("live/", intake.live, name="live"),
    path("live/now/", intake.live_now, name="live_now"),
    path("intake/", intake.files, name="intake"),
    path("intake/<int:job>/", intake.refused_rows, name="refused_rows"),
    path("intake/<int:job>/refused.csv", intake.refused_file, name="refused_file"),
    path("flows/", flows.every, name="flows"),
    path("flows/<slug:flow>/<int:number>/", flows.one, name="flow"),
    path("flows/<slug:flow>/<int:number>.json", flows.export, name="flow_file"),
    path("flows/<slug:flow>/<int:number>/try/", trials.start, name="try_version"),
    path("flows/trials/<int:number>/<slug:act>/", trials.end, name="end_trial"),
    path("flows/<slug:flow>/<int:number>/<slug:act>/", flows.decide, name="flow_decide"),
    path("intent/", intent.card, name="intent"),
    path("optimiser/", proposals.every, name="proposals"),
    path("optimiser/<int:number>/", proposals.one, name="proposal"),
    path("optimiser/<int:number>/<slug:act>/", proposals.decide, name="decide"),
    path("calls/", views.calls, name="calls"),
    path("calls/<str:call_id>/", views.trace, name="trace"),
    path("<slug:table>.csv", views.table_csv, name="csv"),
    path("tables.xlsx", views.tables_xlsx, name="xlsx"),
]
