"""Sign-in pages, the way to each role's first page, and the language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import check_for_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as remember_language

from callcenter.accounts import trail
from callcenter.accounts.access import EVERY_ROLE, allow, allow_anyone, principal_of
from callcenter.accounts.forms import NewPasswordForm, SignInForm
from callcenter.accounts.models import User
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role

FIRST_PAGE = {
    Role.AGENT: "/console/",
    Role.SUPERVISOR: "/floor/",
    Role.ANALYST: "/floor/ivr/",
    Role.ADMIN: "/floor/",
    Role.AUDITOR: "/audit/",
}


class SignIn(auth_views.LoginView):
    """Sign in. Works without script; `next` is followed only within this site."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """The language the person chose last, on whatever machine, comes with them."""
        response = super().form_valid(form)
        language = form.get_user().language
        if language and check_for_language(language):
            _set_language_cookie(response, language)
        return response


class SignOut(auth_views.LogoutView):
    """Sign out, and have the browser forget what it kept of this site."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class ChangePassword(auth_views.PasswordChangeView):
    template_name = "accounts/password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("accounts:password_changed")


sign_in = allow_anyone(never_cache(SignIn.as_view()))
sign_out = allow_anyone(SignOut.as_view())
change_password = allow(*EVERY_ROLE)(ChangePassword.as_view())
password_changed = allow(*EVERY_ROLE)(
    auth_views.PasswordChangeDoneView.as_view(template_name="accounts/password_changed.html")
)


@allow(*EVERY_ROLE)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send each role to where its work is; a role without a page yet is told so."""
    first = FIRST_PAGE.get(Role(principal_of(request).role or Role.AGENT))
    return redirect(first) if first else render(request, "accounts/home.html")


@allow_anyone
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language of this browser, and of the signed-in person everywhere. Stays on the same page."""
    response: HttpResponse = remember_language(request)
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and check_for_language(language):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return response


def _set_language_cookie(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """Called by axes after too many failures from one address for one name, whether or not the name exists."""
    wait = timedelta(hours=settings.AXES_COOLOFF_TIME)
    page = render(request, "accounts/locked_out.html", {"minutes": -(-int(wait.total_seconds()) // 60)}, status=429)
    page["Retry-After"] = str(int(wait.total_seconds()))
    return page


@allow(Role.ADMIN, Role.AUDITOR)
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The audit trail, newest first."""
    asked = {name: request.GET.get(name, "").strip()[:96] for name in ("actor", "subject", "action")}
    page = trail.page(**asked, before=whole(request.GET.get("before", "")))
    return render(request, "accounts/audit.html", {"page": page, "asked": asked})
