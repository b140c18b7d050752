"""Where each role can go from anywhere: the bar's links, in groups. Whether a page opens is its own rule's to say."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from callcenter.foundation.principal import Role

Text = str | Promise
_LEADS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_READS = _LEADS | {Role.ANALYST}


class Link(NamedTuple):
    path: str
    name: Text
    roles: frozenset[Role]
    also: str = ""  # pages that belong to it and stand elsewhere: what their addresses begin with


class Group(NamedTuple):
    """Links under one word of the bar; a role for whom only one of them exists sees that one itself."""

    name: Text
    links: tuple[Link, ...]
    under: str = ""  # what the addresses of the group's other pages begin with, those that no link leads to


class Here(NamedTuple):
    """Where in the bar a page belongs."""

    group: Group | None = None
    link: Link | None = None


BAR = (
    Group("", (Link("/console/", _("Desk"), frozenset({Role.AGENT})),)),
    Group("", (Link("/floor/", _("Live floor"), _LEADS),)),
    Group("", (Link("/floor/callbacks/", _("Callbacks"), _LEADS),)),
    Group("", (Link("/floor/ivr/", _("IVR paths"), _READS),)),
    Group("", (Link("/floor/satisfaction/", _("Satisfaction"), _READS),)),
    Group(
        _("Planning"),
        (
            Link("/floor/staffing/", _("Staffing"), _READS),
            Link("/floor/pairing/", _("Pairing"), _READS),
        ),
    ),
    Group(
        pgettext_lazy("navigation", "Offers"),
        (
            Link("/floor/offers/", _("Offer results"), _READS),
            Link("/floor/catalogue/", _("Catalogue"), _LEADS),
            Link("/floor/campaigns/", _("Campaigns"), _READS | {Role.MARKETING}),
            Link("/floor/scripts/", _("Scripts"), _LEADS | {Role.MARKETING}),
            Link("/floor/circumstances/", _("Circumstances"), _LEADS),
            Link("/floor/contact-policy/", _("Contact policy"), _LEADS),
        ),
    ),
    Group(
        pgettext_lazy("navigation", "Customers"),
        (
            Link("/customers/find/", _("Find a customer"), _LEADS),
            Link("/customers/segments/", _("Segments"), _READS | {Role.MARKETING}),
            Link("/customers/tags/", _("Tags"), _READS | {Role.MARKETING}),
            Link("/customers/membership/", _("Membership"), _READS | {Role.MARKETING}),
            Link("/customers/knowledge/", _("Knowledge base"), _READS | {Role.MARKETING}),
            Link("/customers/groups/", _("Group profiles"), _READS | {Role.MARKETING}, also="/customers/clusters/"),
            Link("/customers/circles/", _("Circles"), _READS | {Role.MARKETING}),
            Link("/customers/review/", _("Merge review"), _LEADS, also="/customers/generic/"),
            Link("/customers/households/", _("Households found"), _LEADS),
            Link("/customers/fraud/", _("Fraud review"), _LEADS),
            Link("/customers/imports/", _("Imports"), frozenset({Role.ANALYST, Role.ADMIN})),
            Link("/customers/nights/", _("Nightly insight"), frozenset({Role.ANALYST, Role.ADMIN})),
            Link("/customers/quality/", _("Data quality"), frozenset({Role.ANALYST, Role.ADMIN})),
            Link("/customers/quality/alerts/", _("Alerts of data quality"), frozenset({Role.SUPERVISOR})),
            Link("/customers/privacy/", _("Privacy"), frozenset({Role.AUDITOR, Role.ADMIN})),
        ),
        under="/customers/",
    ),
    Group(
        _("System"),
        (
            Link("/floor/queues/", _("Queues"), _LEADS, also="/floor/what-if/"),
            Link("/floor/skills/", _("Skills matrix"), _LEADS),
            Link("/floor/roster/", _("Agents, skills, queues"), _LEADS),
            Link("/integration/", _("Integration"), _LEADS),
            Link("/admin/", _("Administration"), frozenset({Role.ADMIN})),
            Link("/audit/", _("Audit log"), frozenset({Role.AUDITOR, Role.ADMIN})),
            Link("/audit/look-ups/", _("Look-up alarms"), _LEADS | {Role.AUDITOR}),
        ),
    ),
)


@cache
def bar(role: str) -> tuple[Group, ...]:
    """The groups in which something exists for this role, with just that; none for a stranger."""
    mine = (group._replace(links=tuple(link for link in group.links if role in link.roles)) for group in BAR)
    return tuple(group for group in mine if group.links)


def here(role: str, path: str) -> Here:
    """The link of this role's bar under which a page stands: the one whose address is the longest beginning of `path`."""
    places = [
        (start, Here(group, link)) for group in bar(role) for link in group.links for start in (link.path, link.also)
    ]
    places += [(group.under, Here(group)) for group in bar(role)]
    found = [place for place in places if place[0] and path.startswith(place[0])]
    return max(found, key=lambda place: len(place[0]), default=("", Here()))[1]
