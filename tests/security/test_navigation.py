"""Every page × every role that may open it: the bar shows where it stands."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from callcenter.accounts.models import User
from callcenter.accounts.navigation import bar, here
from callcenter.foundation.principal import Role
from tests.security.test_roles_by_urls import GUARDED

# Opened from anywhere, and under no word of the bar.
NOWHERE = ("", "accounts/", "live/", "admin/")
# Agents come here from the call they serve; their bar has no such word.
OF_THE_CALL = "customers/<uuid:customer>/"


def _of_no_place(route: str, role: Role) -> bool:
    own = role is Role.AGENT and route.startswith(OF_THE_CALL)
    return own or any(route == start or (start and route.startswith(start)) for start in NOWHERE)


@pytest.mark.parametrize("role", list(Role))
def test_whatever_a_role_may_open_stands_under_a_word_of_its_bar(role: Role) -> None:
    lost = [
        address.route
        for address in GUARDED
        if address.rule is not None and role in address.rule.roles and not _of_no_place(address.route, role)
        if here(role, "/" + address.route).group is None
    ]
    assert lost == []


@pytest.mark.parametrize("role", list(Role))
def test_what_is_about_customers_stands_under_customers_and_each_link_under_itself(role: Role) -> None:
    for address in GUARDED:
        if address.route.startswith("customers/") and address.rule is not None and role in address.rule.roles:
            group = here(role, "/" + address.route).group
            assert _of_no_place(address.route, role) or (group is not None and group.under == "/customers/"), address
    for group in bar(role):
        for link in group.links:
            assert here(role, link.path).link is link


@pytest.mark.parametrize(
    ("path", "page", "link"),
    [
        ("/customers/generic/", "true", "/customers/review/"),
        ("/customers/clusters/", "true", "/customers/groups/"),
        ("/customers/quality/words/", "true", "/customers/quality/"),
        ("/customers/quality/alerts/7/", "true", "/customers/quality/"),
        ("/customers/review/", "page", "/customers/review/"),
        ("/floor/what-if/3/", "true", "/floor/queues/"),
    ],
)
def test_the_bar_marks_the_group_and_the_link(path: str, page: str, link: str) -> None:
    request = RequestFactory().get(path)
    request.user = User(username="root", role=Role.ADMIN)
    drawn = render_to_string("shell/nav.html", request=request)
    assert drawn.count('<summary aria-current="true">') == 1
    assert re.findall(r'href="([^"]+)" aria-current="(\w+)"', drawn) == [(link, page)]
