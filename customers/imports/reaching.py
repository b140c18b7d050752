"""Where a connection named on a page may lead: its host is resolved once, every address judged, and one of them is dialled."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import psycopg
from django.conf import settings
from django.utils.translation import gettext as _

from callcenter.foundation import addresses
from callcenter.foundation.addresses import Address, is_listed, is_public, literal_address, within
from callcenter.foundation.errors import Invalid


def resolve(host: str) -> list[Address]:
    """Every address of a host, asked once. Raises OSError where there is none."""
    return addresses.found(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))


def judged(dsn: str) -> str:
    """The connection, with the addresses that were judged written into it, so that its names are not asked again.

    Public addresses may be read; with IMPORT_PULL_HOSTS only the hosts and networks named there, private ones too. A name
    that leads to one address which may not be read is refused whole. Raises Invalid.
    """
    allowed: Sequence[str] = settings.IMPORT_PULL_HOSTS
    hosts = str(psycopg.conninfo.conninfo_to_dict(dsn).get("host", "")).split(",")
    if any(host[:1] in {"", "/", "@"} for host in hosts):  # a socket of this machine: by its own name or not at all
        if all(host and host in allowed for host in hosts):
            return dsn
        raise _refused()
    pinned = [_address(host, allowed) for host in hosts]
    return psycopg.conninfo.make_conninfo(dsn, hostaddr=",".join(str(one) for one in pinned))


def _address(host: str, allowed: Sequence[str]) -> Address:
    literal = literal_address(host)
    try:
        found = [literal] if literal is not None else resolve(host)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise Invalid(_("There is no host of this name: %(host)s.") % {"host": host[:80]}, field="/dsn")
    if is_listed(host, allowed=allowed):
        return found[0]
    if not all(within(one, allowed) if allowed else is_public(one) for one in found):
        raise _refused()
    return found[0]


def _refused() -> Invalid:
    return Invalid(
        _("Databases of this host may not be read. The setting IMPORT_PULL_HOSTS says which may."), field="/dsn"
    )
