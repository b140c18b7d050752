"""Sign in, sign out, and the way to each role's first page."""

from __future__ import annotations

from django.urls import path

from callcenter.accounts import look_up_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/login/", views.sign_in, name="login"),
    path("accounts/logout/", views.sign_out, name="logout"),
    path("accounts/password/", views.change_password, name="password"),
    path("accounts/password/changed/", views.password_changed, name="password_changed"),
    path("audit/", views.audit, name="audit"),
    path("audit/look-ups/", look_up_views.look_ups, name="look_ups"),
    path("audit/look-ups/rule/", look_up_views.look_ups_rule, name="look_ups_rule"),
    path("audit/look-ups/<int:alarm>/", look_up_views.look_ups_answer, name="look_ups_answer"),
]
