"""Every address × every role: what is not declared is closed, what is declared opens to whom it says and to nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

from callcenter.accounts import denials
from callcenter.accounts.access import ANYONE, DenyByDefault, Rule, rule_for
from callcenter.accounts.api_keys import create_key
from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Role

# Open to the world on purpose. A new open address must be added here, where a reviewer sees it.
OPEN = {
    "accounts:login",
    "accounts:logout",
    "set_language",
    "live:session",
    "foundation:livez",
    "foundation:readyz",
    "foundation:startupz",
    "foundation:metrics",
    "telephony:docs",
    "telephony:errors",
    "telephony:nothing",
    "hooks:hook",  # by signature or key: tests/integration/telephony/test_hooks.py
    "satisfaction:link",
}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver."""

    name: str  # namespace:name, or the pattern's text where it has no name
    route: str
    view: Callable[..., Any]
    words: tuple[str, ...]  # namespaces and name, as the rules are looked up

    @property
    def rule(self) -> Rule | None:
        return rule_for(self.view, self.words)


def addresses(patterns: list[Any], route: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            deeper = (*spaces, pattern.app_name) if pattern.app_name else spaces
            yield from addresses(pattern.url_patterns, here, deeper)
        else:
            assert isinstance(pattern, URLPattern)
            name = ":".join((*spaces, pattern.name or here))
            yield Address(name=name, route=here, view=pattern.callback, words=(*spaces, pattern.name or ""))


ADDRESSES = list(addresses(get_resolver().url_patterns))
GUARDED = [address for address in ADDRESSES if address.rule is not None and address.rule.roles]


def test_every_address_has_a_declared_rule() -> None:
    assert len(ADDRESSES) > 30
    assert [address.name for address in ADDRESSES if address.rule is None] == []


def test_only_these_addresses_are_open() -> None:
    assert {address.name for address in ADDRESSES if address.rule == Rule()} <= OPEN


def test_admin_pages_are_for_administrators() -> None:
    rules = {address.rule for address in ADDRESSES if "admin" in address.words}
    assert rules == {Rule(roles=frozenset({Role.ADMIN}))}


def outcome(address: Address, user: Any) -> int | None:
    """What the guard answers before the view runs: None = let in."""
    request = RequestFactory().get("/somewhere/")
    request.user = user
    request.resolver_match = Match(address)  # type: ignore[assignment]
    try:
        answer = DenyByDefault(lambda _: HttpResponse()).process_view(request, address.view, (), {})
    except PermissionDenied:
        return 403
    return answer.status_code if answer is not None else None


class Match:
    def __init__(self, address: Address) -> None:
        self.app_names = list(address.words[:-1])
        self.url_name = address.words[-1]
        self.view_name = address.name


class Nobody:
    is_authenticated = False


@pytest.fixture(autouse=True)
def _fresh_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denials, "_noted", {})


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_each_role_enters_where_its_name_stands_and_nowhere_else(role: Role) -> None:
    user = User(pk=1, username=role, role=role)
    for address in GUARDED:
        assert address.rule is not None
        expected = None if role in address.rule.roles else 403
        assert outcome(address, user) == expected, f"{role} at {address.name}"


def test_anonymous_people_are_sent_to_sign_in_everywhere() -> None:
    for address in GUARDED:
        assert outcome(address, Nobody()) == 302, address.name


@pytest.mark.django_db
def test_a_role_that_nobody_knows_enters_nowhere() -> None:
    user = User(pk=1, username="x", role="root")
    assert {outcome(address, user) for address in GUARDED} == {403}


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


class _Forgotten:
    urlpatterns = (path("forgotten/", forgotten),)
    handler403 = "callcenter.foundation.faults.forbidden"


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=_Forgotten)
def test_a_view_without_a_rule_is_closed_even_to_administrators() -> None:
    admin = User.objects.create_superuser("ada")
    client = Client()
    client.force_login(admin, "django.contrib.auth.backends.ModelBackend")
    answer = client.get("/forgotten/")
    assert answer.status_code == 403
    assert b"secret" not in answer.content


FILLED = {
    "call": f"c_{UUID(int=1).hex}",
    "reservation": f"r_{UUID(int=1).hex}",
    "agent": "a_1",
    "queue": "billing",
    "callback": f"cb_{UUID(int=1).hex}",
    "webhook": f"wh_{UUID(int=1).hex}",
    "delivery": "d_1",
    "customer": str(UUID(int=1)),
    "segment": "1",
    "invitation": f"s_{UUID(int=1).hex}",
    "trunk": "pbx-1",
    "campaign": "1",
    "contact": "1",
    "circumstance": "1",
    "code": "plan-59",
    "source": "crm",
    "key": "4711",
    "flow": "operator",
    "number": "1",
    "job": "1",
    "simulation": "1",
    "asked": "1",
    "tag": "reader",
    "entry": "1",
    "pair": "1",
    "audit": "1",
    "feed": "1",
}


def url_of(address: Address) -> str:
    """A real address for a pattern of the public API."""
    parts = []
    for part in address.route.split("/"):
        if part.startswith("<"):
            parts.append(FILLED[part.strip("<>").partition(":")[2]])
        else:
            parts.append(part)
    return "/" + "/".join(parts)


ALL_OF_API = [address for address in ADDRESSES if address.rule is not None and address.rule.is_api]
PUBLISHED = {"telephony:schema", "telephony:limits"}
API = [address for address in ALL_OF_API if address.name not in PUBLISHED]


def methods(address: Address) -> list[str]:
    cls = address.view.cls  # type: ignore[attr-defined]
    return [method for method in ("get", "post", "put", "patch", "delete") if hasattr(cls, method)]


def test_only_the_contract_and_its_limits_are_published_without_a_key() -> None:
    free = {address.name for address in ALL_OF_API if address.view.cls.scope == ""}  # type: ignore[attr-defined]
    assert free == PUBLISHED


@pytest.mark.django_db
def test_the_public_api_is_closed_without_a_key_and_to_a_key_without_scopes() -> None:
    _, text = create_key(name="nothing", scopes=[], domain="main", now=db_now())
    client = Client()
    for address in API:
        for method in methods(address):
            call = getattr(client, method)
            url = url_of(address)
            assert call(url).status_code == 401, f"{method} {url} without a key"
            answer = call(url, headers={"Authorization": f"Bearer {text}"})
            assert answer.status_code == 403, f"{method} {url} without the scope"
    assert AuditEntry.objects.filter(action="access.denied").exists()


@pytest.mark.django_db
def test_a_key_opens_no_page_and_a_session_no_api() -> None:
    _, text = create_key(name="all", scopes=["calls:read", "events:read"], domain="main", now=db_now())
    client = Client()
    pages = [address for address in GUARDED if "<" not in address.route and "(?P" not in address.route]
    for address in pages:
        answer = client.get(
            "/" + address.route.replace("^", "").rstrip("$"), headers={"Authorization": f"Bearer {text}"}
        )
        assert answer.status_code == 302, address.name
    client.force_login(User.objects.create_superuser("ada"), "django.contrib.auth.backends.ModelBackend")
    for address in API:
        if "get" in methods(address):
            assert client.get(url_of(address)).status_code == 401, address.name


@pytest.mark.django_db
def test_an_expired_and_a_revoked_key_open_nothing() -> None:
    now = db_now()
    revoked, first = create_key(name="revoked", scopes=["calls:read"], domain="main", now=now)
    revoked.revoked_at = now
    revoked.save()
    _, second = create_key(name="old", scopes=["calls:read"], domain="main", now=now - timedelta(days=400))
    for text in (first, second):
        answer = Client().get(f"/api/v1/calls/{FILLED['call']}", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401


@pytest.mark.django_db
def test_a_refused_person_leaves_one_line_a_minute_and_not_one_per_try() -> None:
    lin = User.objects.create(username="lin", role=Role.AGENT)
    client = Client()
    client.force_login(lin, "django.contrib.auth.backends.ModelBackend")
    for _ in range(5):
        assert client.get("/audit/").status_code == 403
    assert list(AuditEntry.objects.filter(action="access.denied").values_list("actor", "subject")) == [
        (f"user:{lin.pk}", "place:accounts:audit")
    ]


def test_no_address_is_declared_open_by_accident() -> None:
    """`allow()` without a role would open a page to the world: it must be said by its own word."""
    from callcenter.accounts.access import allow

    with pytest.raises(ValueError, match="allow_anyone"):
        allow()
    assert frozenset() == ANYONE
