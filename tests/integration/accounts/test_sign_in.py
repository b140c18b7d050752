"""Signing in and out, as people and as attackers do it; all without script."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from callcenter.accounts.models import User
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Role

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def lin() -> User:
    return User.objects.create_user("lin", password=PASSWORD, role=Role.AGENT)


def sign_in(client: Client, name: str = "lin", password: str = PASSWORD, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/accounts/login/", {"username": name, "password": password, **more})


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.AGENT, "/console/"),
        (Role.SUPERVISOR, "/floor/"),
        (Role.ANALYST, "/floor/ivr/"),
        (Role.ADMIN, "/floor/"),
        (Role.AUDITOR, "/audit/"),
    ],
)
def test_each_role_comes_to_its_first_page(role: Role, page: str) -> None:
    User.objects.create_user("ada", password=PASSWORD, role=role)
    client = Client()
    assert sign_in(client, "ada")["Location"] == "/"
    assert client.get("/")["Location"] == page


def test_a_role_without_pages_yet_is_told_so() -> None:
    User.objects.create_user("mei", password=PASSWORD, role=Role.MARKETING)
    client = Client()
    sign_in(client, "mei")
    assert "no pages for your role yet" in client.get("/").content.decode()


def test_the_way_back_is_followed_within_this_site_only(lin: User) -> None:
    assert sign_in(Client(), next="/console/?tab=2")["Location"] == "/console/?tab=2"
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert sign_in(Client(), next=evil)["Location"] == "/", evil


def test_a_guarded_page_sends_to_sign_in_and_back(lin: User) -> None:
    assert Client().get("/audit/")["Location"] == "/accounts/login/?next=/audit/"


def test_the_refusal_is_the_same_for_no_account_a_wrong_password_and_a_disabled_one(lin: User) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    answers = [
        sign_in(Client(), "lin", "wrong"),
        sign_in(Client(), "nobody", "wrong"),
        sign_in(Client(), "gone", PASSWORD),
    ]
    said = {answer.content.decode().split('role="alert">')[1].split("</div>")[0] for answer in answers}
    assert said == {"<p>Name or password is wrong. Both are case-sensitive.</p>"}


@pytest.mark.parametrize("name", ["lin", "nobody"])
def test_after_ten_failures_the_door_closes_for_a_named_time_whether_or_not_the_account_exists(
    lin: User, name: str
) -> None:
    for _ in range(9):
        assert sign_in(Client(), name, "wrong").status_code == 200
    closed = sign_in(Client(), name, "wrong")
    assert closed.status_code == 429
    assert closed["Retry-After"] == "360"
    assert "closed for 6 minutes" in closed.content.decode()
    assert sign_in(Client(), name).status_code == 429  # the right password does not help now
    assert AuditEntry.objects.filter(action="session.locked_out").exists()
    assert not AuditEntry.objects.filter(data__icontains=name).exists()


def test_another_address_is_not_locked_out_by_an_attacker(lin: User) -> None:
    for _ in range(10):
        sign_in(Client(REMOTE_ADDR="203.0.113.9"), "lin", "wrong")
    assert sign_in(Client(REMOTE_ADDR="203.0.113.10")).status_code == 302


def test_a_session_ends_a_shift_after_it_began_however_busy_it_was(lin: User) -> None:
    client = Client()
    sign_in(client)
    began = Session.objects.get().expire_date
    assert timedelta(hours=11, minutes=59) < began - timezone.now() <= timedelta(hours=12)
    session = client.session
    session["something"] = "changed"
    session.save()
    assert Session.objects.get().expire_date == began


def test_signing_out_forgets_the_browsers_copies_and_leaves_two_lines(lin: User) -> None:
    client = Client()
    sign_in(client)
    out = client.post("/accounts/logout/")
    assert out["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.exists()
    actions = AuditEntry.objects.filter(actor=f"user:{lin.pk}").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["session.signed_in", "session.signed_out"]


def test_a_link_cannot_sign_anybody_out(lin: User) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 405
    assert Session.objects.exists()


def test_the_form_asks_for_its_token(lin: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = sign_in(strict)
    assert answer.status_code == 403
    assert "表单已失效" in answer.content.decode()


def test_personal_pages_are_kept_by_no_cache(lin: User) -> None:
    client = Client()
    sign_in(client)
    page = client.get("/accounts/password/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert "no-store" in client.get("/accounts/login/").get("Cache-Control", "no-store")


def test_headers_that_protect_each_page() -> None:
    page = Client().get("/accounts/login/")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page["X-Frame-Options"] == "DENY"
    assert "unsafe-inline" not in page["Content-Security-Policy"]


def test_the_language_stays_with_the_person(lin: User) -> None:
    first = Client()
    sign_in(first)
    answer = first.post("/i18n/setlang/", {"language": "zh-hans", "next": "/accounts/password/"})
    assert answer["Location"] == "/accounts/password/"
    assert "修改密码" in first.get("/accounts/password/").content.decode()
    elsewhere = Client()
    sign_in(elsewhere)
    assert '<html lang="zh-Hans">' in elsewhere.get("/accounts/password/").content.decode()


def test_the_language_switch_neither_leads_away_nor_stores_nonsense(lin: User) -> None:
    client = Client()
    sign_in(client)
    assert client.post("/i18n/setlang/", {"language": "xx", "next": "https://evil.example/"})["Location"] == "/"
    lin.refresh_from_db()
    assert lin.language == ""


def test_the_sign_in_page_speaks_chinese_to_a_chinese_browser() -> None:
    page = Client().get("/accounts/login/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).content.decode()
    assert "登录" in page
    assert '<html lang="zh-Hans">' in page
    assert "Sign in" not in page


def test_createsuperuser_makes_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--username", "ada", stdout=StringIO())
    ada = User.objects.get(username="ada")
    assert (ada.role, ada.is_staff, ada.is_superuser) == (Role.ADMIN, True, True)
    client = Client()
    sign_in(client, "ada")
    assert client.get("/admin/").status_code == 200


def test_djangos_own_flags_can_never_say_more_than_the_role(lin: User) -> None:
    lin.is_staff = lin.is_superuser = True
    lin.save()
    lin.refresh_from_db()
    assert (lin.is_staff, lin.is_superuser) == (False, False)


def test_passwords_are_long_and_longer_for_administrators() -> None:
    agent, admin = User(username="lin", role=Role.AGENT), User(username="ada", role=Role.ADMIN)
    validate_password("qwmzkxpvnrty", agent)
    for password, user in (("qwmzkxpvnr", agent), ("qwmzkxpvnrty", admin), ("password1234", agent)):
        with pytest.raises(ValidationError):
            validate_password(password, user)
    validate_password("qwmzkxpvnrtyabc", admin)


def test_a_new_password_signs_the_other_browsers_out(lin: User) -> None:
    here, there = Client(), Client()
    sign_in(here)
    sign_in(there)
    new = "zebra lamp quiet river"
    here.post("/accounts/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert here.get("/accounts/password/").status_code == 200
    assert there.get("/accounts/password/").status_code == 302


def test_a_disabled_person_is_out_at_the_next_click(lin: User) -> None:
    client = Client()
    sign_in(client)
    User.objects.filter(pk=lin.pk).update(is_active=False)
    assert client.get("/accounts/password/").status_code == 302
