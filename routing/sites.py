"""Another routing domain, on this server or on its own: whether it is there, and one statement run where it lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from callcenter.foundation.domains import lives_here
from callcenter.foundation.errors import Unavailable
from routing.models import Domain

PATIENCE_S = 3

TAKES = """
SELECT EXISTS (SELECT FROM routing_queue q JOIN routing_domain d ON d.id = q.domain_id
               WHERE d.key = %(domain)s AND q.key = %(queue)s AND q.is_open)
"""


def others(domain: str) -> list[str]:
    """Domains besides this one, here or elsewhere."""
    here = Domain.objects.values_list("key", flat=True)
    return sorted({*here, *settings.DOMAIN_DATABASES} - {domain})


def takes(*, domain: str, queue: str) -> bool:
    """Whether this queue is there and open. Raises Unavailable: the other server does not answer."""
    return bool(ask(domain, TAKES, {"domain": domain, "queue": queue})[0][0])


def ask(domain: str, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement, whole by itself, on the domain's server. Raises Unavailable."""
    if lives_here(domain):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    url = settings.DOMAIN_DATABASES.get(domain)
    if url is None:
        raise Unavailable(f"Nobody has said where domain {domain[:32]} lives (DOMAIN_DATABASES).")
    limits = f"-c statement_timeout={PATIENCE_S * 1000} -c lock_timeout={PATIENCE_S * 1000}"
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE_S, options=limits) as there:
            return list(there.execute(statement, values).fetchall())
    except psycopg.Error as error:
        raise Unavailable(f"The server of domain {domain} does not answer: {type(error).__name__}.") from error
