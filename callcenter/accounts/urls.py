"""Sign in, sign out, and the way to each role's first page."""

from __future__ import annotations

from django.urls import path

from callcenter.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/login/", views.sign_in, name="login"),
    path("accounts/logout/", views.sign_out, name="logout"),
    path("accounts/password/", views.change_password, name="password"),
    path("accounts/password/changed/", views.password_changed, name="password_changed"),
    path("audit/", views.audit, name="audit"),
]
