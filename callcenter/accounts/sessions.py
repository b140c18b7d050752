"""Sessions: how long one lasts, what may be said of it outside, and whether it still holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now


def fingerprint(session_key: str) -> str:
    """A name for a session that tells nothing of its key: browsers name their worker by it."""
    return salted_hmac("zhiyin.session", session_key, algorithm="sha256").hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """The right to one stream as it stood when it opened."""

    session_key: str
    user_id: int
    role: str
    password_mark: str  # changes with the password


def ticket_of(request: HttpRequest) -> Ticket:
    """The ticket of a signed-in person's request."""
    user = request.user
    assert isinstance(user, User)
    return Ticket(
        session_key=request.session.session_key or "",
        user_id=user.pk,
        role=user.role,
        password_mark=_mark(user.password),
    )


def ended(tickets: Collection[Ticket]) -> dict[Ticket, str]:
    """The tickets that no longer hold, each with why: signed_out, disabled, role_changed. Two queries for all."""
    keys = {ticket.session_key for ticket in tickets}
    ids = {ticket.user_id for ticket in tickets}
    live = set(Session.objects.filter(pk__in=keys, expire_date__gt=db_now()).values_list("pk", flat=True))
    users = {
        pk: (active, role, _mark(password))
        for pk, active, role, password in User.objects.filter(pk__in=ids).values_list(
            "pk", "is_active", "role", "password"
        )
    }
    reasons = {ticket: _reason(ticket, ticket.session_key in live, users.get(ticket.user_id)) for ticket in tickets}
    return {ticket: reason for ticket, reason in reasons.items() if reason}


def _reason(ticket: Ticket, is_live: bool, user: tuple[bool, str, str] | None) -> str:
    if user is None or not user[0]:
        return "disabled"
    if not is_live or user[2] != ticket.password_mark:
        return "signed_out"
    return "" if user[1] == ticket.role else "role_changed"


def _mark(password: str) -> str:
    return salted_hmac("zhiyin.stream", password, algorithm="sha256").hexdigest()[:16]


def expires_at(request: HttpRequest) -> datetime:
    """When this session ends whatever happens: a whole day's shift, never longer."""
    moment: datetime = request.session.get_expiry_date()
    return moment
