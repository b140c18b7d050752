"""The audit page and the administration: what may be read, and what nobody may change."""

from __future__ import annotations

import pytest
from django.test import Client

from callcenter.accounts import trail
from callcenter.accounts.api_keys import create_key
from callcenter.accounts.models import User
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Role

pytestmark = pytest.mark.django_db


def signed_in(name: str, role: Role) -> Client:
    client = Client()
    user = User.objects.create(username=name, role=role)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def write(count: int, *, actor: str = "user:9", action: str = "customer.revealed", purpose: str = "") -> None:
    for number in range(count):
        audit.write(actor=actor, action=action, subject=f"customer:{number}", purpose=purpose, now=db_now())


def test_pages_of_the_trail_join_without_gap_or_overlap() -> None:
    write(120)
    seen: list[str] = []
    before: int | None = None
    while True:
        page = trail.page(before=before)
        seen += [entry.subject for entry in page.entries]
        if (before := page.older) is None:
            break
    assert seen == [f"customer:{number}" for number in reversed(range(120))]


def test_the_auditor_finds_what_a_person_did_by_name_and_sees_no_markup_run() -> None:
    lin = User.objects.create(username="lin")
    write(1, actor=f"user:{lin.pk}", purpose="<script>alert(1)</script>")
    write(1, actor="key:ab12cd34", action="call.read")
    text = signed_in("xu", Role.AUDITOR).get("/audit/", {"actor": "lin"}).content.decode()
    assert "customer.revealed" in text
    assert "call.read" not in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_an_empty_trail_says_why_it_is_empty() -> None:
    text = signed_in("xu", Role.AUDITOR).get("/audit/", {"subject": "customer:none", "before": "x"}).content.decode()
    assert "Nothing is written down that fits" in text


def test_the_administrator_sees_every_page_of_ours() -> None:
    client = signed_in("ada", Role.ADMIN)
    write(3)
    create_key(name="switch", scopes=["calls:write"], domain="main", now=db_now())
    for page in ("user", "apikey", "reveal"):
        assert client.get(f"/admin/accounts/{page}/").status_code == 200
    assert client.get("/admin/foundation/auditentry/").status_code == 200


def test_what_is_written_once_has_no_form_to_change_it() -> None:
    client = signed_in("ada", Role.ADMIN)
    write(1)
    entry = AuditEntry.objects.filter(action="customer.revealed").get()
    assert client.get("/admin/foundation/auditentry/add/").status_code == 403
    assert client.post(f"/admin/foundation/auditentry/{entry.pk}/change/", {"actor": "user:1"}).status_code == 403
    assert client.post(f"/admin/foundation/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/reveal/add/").status_code == 403


def test_a_new_role_is_written_down_and_carries_its_flags() -> None:
    client = signed_in("ada", Role.ADMIN)
    lin = User.objects.create(username="lin", role=Role.AGENT)
    form = {"username": "lin", "role": "supervisor", "is_active": "on"}
    assert client.post(f"/admin/accounts/user/{lin.pk}/change/", form).status_code == 302
    lin.refresh_from_db()
    assert lin.role == Role.SUPERVISOR
    row = AuditEntry.objects.get(action="user.changed")
    assert row.subject == f"user:{lin.pk}"


def test_a_keys_secret_is_nowhere_to_be_seen() -> None:
    client = signed_in("ada", Role.ADMIN)
    key, text = create_key(name="switch", scopes=["calls:write"], domain="main", now=db_now())
    page = client.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
    assert key.prefix in page
    assert text not in page
    assert key.secret_sha256 not in page
