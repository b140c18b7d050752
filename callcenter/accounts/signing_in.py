"""What happens beside signing in and out: the session's last hour is set, the audit trail gets its row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from prometheus_client import Counter

from callcenter.accounts.models import User
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now

_LOCKED = Counter("zhiyin_sign_in_locked_total", "Sign-ins locked after too many failures")


def watch() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="zhiyin.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="zhiyin.signed_out")
    user_locked_out.connect(_locked_out, dispatch_uid="zhiyin.locked_out")


def _signed_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """A session ends a whole shift after it began, however busy it was: Django alone would extend it at each save."""
    now = db_now()
    request.session.set_expiry(now + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    audit.write(actor=f"user:{user.pk}", action="session.signed_in", now=now)


def _signed_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        audit.write(actor=f"user:{user.pk}", action="session.signed_out", now=db_now())


def _locked_out(sender: Any, **_: Any) -> None:
    """The name that was tried is not written down: people type passwords there."""
    _LOCKED.inc()
    audit.write(actor="anonymous", action="session.locked_out", now=db_now())
