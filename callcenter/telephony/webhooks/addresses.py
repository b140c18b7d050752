"""Where webhooks may go: public addresses over TLS, and what the installation allows by name. Pure but for settings.

An address of our own network typed in by somebody outside would make us their hand inside: so every address that a name
resolves to is judged, and the connection is made to an address that was judged (sending.py), never to the name again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop as _

from callcenter.foundation.addresses import Address, is_listed, is_public, literal_address, may_reach
from callcenter.foundation.errors import Invalid

__all__ = ["Address", "NotAllowed", "Target", "is_listed", "is_public", "literal_address", "may_reach", "read"]

LONGEST_URL = 500
_PORTS = frozenset({443, 8443})


@dataclass(frozen=True, kw_only=True)
class Target:
    """A receiver's URL, taken apart and found well-formed."""

    url: str
    scheme: str
    host: str  # ASCII, without brackets
    port: int
    path: str  # with the query


class NotAllowed(Invalid):
    """A URL or the address behind it that webhooks may not be sent to."""

    code = "url_not_allowed"


def read(url: str, *, allowed: Sequence[str]) -> Target:
    """The URL as a target. Raises NotAllowed with a sentence for anything but https to a public host.

    `allowed` are host names and networks of the installation's own (WEBHOOK_ALLOW): there http and any port may be used.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused(f"A URL has at most {LONGEST_URL} printable ASCII characters; write other names as xn--….")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused(_("This is no URL.")) from None
    if parts.scheme not in {"https", "http"} or not host:
        raise _refused(_("A receiver has a URL like https://example.com/zhiyin."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused(_("A URL with a user name, a password or a fragment is not taken; we sign instead."))
    known = is_listed(host, allowed=allowed)
    if not known and parts.scheme != "https":
        raise _refused(_("Events go over TLS only: the URL must begin with https://."))
    port = port or (443 if parts.scheme == "https" else 80)
    if not known and port not in _PORTS:
        raise _refused(_("Only the ports 443 and 8443 are allowed."))
    literal = literal_address(host)
    if literal is not None and not may_reach(literal, host=host, allowed=allowed):
        raise _refused(_("This address is not a public one."))
    if not known and literal is None and ("." not in host or host.endswith((".local", ".internal", ".localhost"))):
        raise _refused(_("This host is not one of the public internet."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url=url, scheme=parts.scheme, host=host, port=port, path=path)


def _refused(sentence: str) -> NotAllowed:
    return NotAllowed(sentence, field="/url")
