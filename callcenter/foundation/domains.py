"""The seam between routing domains and servers: which database a domain lives on.

A domain is the set of queues and agents that can meet, so one call never needs two of them in one transaction. A process is
bound to one server when it starts (ROUTING_DOMAIN, DOMAIN_DATABASES); see docs/operations/servers.md.
"""

from __future__ import annotations

from django.conf import settings


def lives_here(domain: str) -> bool:
    """Whether this process is connected to the server of this domain."""
    homes = settings.DOMAIN_DATABASES
    return bool(homes.get(domain) == homes.get(settings.ROUTING_DOMAIN))


def own_domain() -> str:
    """The domain this process serves where nobody names one."""
    return settings.ROUTING_DOMAIN or "main"
