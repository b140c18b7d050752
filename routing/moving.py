"""A domain moves to another server: admission closes, hot rows are copied, the old server forgets them, the new one opens.

Each step commits by itself and may be repeated: whoever dies is followed by the same command once more. The new server stays
shut (`arriving`) until the old one has let go (`moved`), so no caller ever stands in two places that work.
"""

from __future__ import annotations

# ruff: noqa: S608  (tables and conditions are our own words, never input)
import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from routing.models import Domain, Handover
from routing.states import ENDED_CALL

CLOSING, MOVED, ARRIVING = "closing", "moved", "arriving"
_LIVE = f"domain_id = %(domain)s AND state NOT IN ({', '.join(repr(str(one)) for one in sorted(ENDED_CALL))})"
_CALLS = f"SELECT id FROM routing_call WHERE {_LIVE}"
_PROMISES = "domain_id = %(domain)s AND state IN ('scheduled', 'open')"
_COPIED = (
    f"id IN ({_CALLS}) OR id IN (SELECT origin_id FROM routing_callback WHERE {_PROMISES})"
    f" OR id IN (SELECT call_id FROM routing_callback WHERE {_PROMISES})"
)
_OF_AGENTS = "agent_id IN (SELECT id FROM routing_agent WHERE domain_id = %(domain)s)"
_OF_QUEUES = "queue_id IN (SELECT id FROM routing_queue WHERE domain_id = %(domain)s)"
# What the domain is made of, in the order in which rows name each other. There it is left as it is where it is already.
MADE_OF: tuple[tuple[str, str], ...] = (
    ("domain", "id = %(domain)s"), ("skill", "true"), ("channel", "true"), ("team", "domain_id = %(domain)s"),
    ("queue", "domain_id = %(domain)s"), ("agent", "domain_id = %(domain)s"), ("queue_members", _OF_QUEUES),
    ("agentskill", _OF_AGENTS), ("agenttrait", _OF_AGENTS), ("agentcapacity", _OF_AGENTS), ("excludedpair", _OF_AGENTS),
    ("queuerank", _OF_QUEUES), ("openinghours", _OF_QUEUES), ("relaxationstep", _OF_QUEUES),
    ("relaxationstep_rings", f"relaxationstep_id IN (SELECT id FROM routing_relaxationstep WHERE {_OF_QUEUES})"),
    ("overflowrule", _OF_QUEUES),
    ("overflowrule_teams", f"overflowrule_id IN (SELECT id FROM routing_overflowrule WHERE {_OF_QUEUES})"),
    ("queueversion", _OF_QUEUES), ("scoretable", _OF_QUEUES), ("closure", "domain_id = %(domain)s"),
    ("calendarday", "domain_id = %(domain)s"), ("fit", "domain_id = %(domain)s"),
    ("groupcapacity", "domain_id = %(domain)s"), ("domainversion", "domain_id = %(domain)s"),
)  # fmt: skip
# What lives now: copied afresh at each try.
HOT: tuple[tuple[str, str], ...] = (
    ("call", _COPIED),
    ("reservation", f"call_id IN (SELECT id FROM routing_call WHERE {_COPIED})"),
    ("callback", _PROMISES),
)
# Columns that name rows of other rooms: kept where the row is there, too.
ELSEWHERE = {"user_id": "accounts_user", "customer_id": "customers_customer"}
NAMED = ("domain", "team", "queue", "agent", "skill")
EVENTS = ("type", "at", "domain", "call", "seq_in_call", "agent", "reservation", "actor", "data")
There = psycopg.Connection[tuple[Any, ...]]


def move(*, domain: str, url: str, say: Callable[[str], object]) -> int:
    """Move it, or go on where somebody died. How many calls were carried. Raises NotFound, Conflict, Invalid."""
    home = Domain.objects.filter(key=domain).first()
    if home is None:
        raise NotFound(_("There is no such domain."))
    carried = 0
    with psycopg.connect(url, autocommit=True) as there:  # each step commits by itself
        if home.moving != MOVED:
            check(home, there)
            close_admission(home)
            say("closed to new callers")
            carried = carry(home, there)
            say(f"{carried} calls copied; this server has let go of them")
        open_there(domain, there)
    say("open on the other server")
    return carried


def check(home: Domain, there: There) -> None:
    """Raises Conflict (callers on the way to other sites), Invalid (the other server numbers its rows otherwise)."""
    if Handover.objects.filter(call__domain=home, done_at__isnull=True).exists():
        raise Conflict(_("Callers are still on their way to other sites: try again in a moment."))
    for table in NAMED:
        own = {row["id"]: row["key"] for row in _rows(f"routing_{table}", dict(MADE_OF)[table], home)}
        found = there.execute(f"SELECT id, key FROM routing_{table} WHERE id = ANY(%s)", [list(own)]).fetchall()
        if other := next((key for row, key in found if own[row] != key), None):
            raise Invalid(
                _("The other server knows another %(kind)s by the same number (%(name)s): it has rows of its own.")
                % {"kind": table, "name": other}
            )


def close_admission(home: Domain) -> None:
    """Nobody new is taken; whoever is here is served on."""
    Domain.objects.filter(pk=home.pk, moving="").update(moving=CLOSING)


@transaction.atomic
def carry(home: Domain, there: There) -> int:
    """Held still for the moment it takes: copied and committed there, then forgotten here."""
    values = {"domain": home.pk}
    with connection.cursor() as cursor:
        for table, where in (("domain", "id = %(domain)s"), ("call", _LIVE), ("callback", _PROMISES)):
            cursor.execute(f"SELECT id FROM routing_{table} WHERE {where} ORDER BY id FOR UPDATE", values)
        cursor.execute("SELECT id FROM routing_agent WHERE domain_id = %(domain)s ORDER BY id FOR UPDATE", values)
    copy_rows(home, there)
    return forget_here(home)


def copy_rows(home: Domain, there: There) -> None:
    """Everything at once, or nothing. What an earlier try had copied is replaced: nobody has worked with it there."""
    with there.transaction():
        _put(there, "routing_domain", _rows("routing_domain", "id = %(domain)s", home), {"moving": ARRIVING})
        for table, _where in reversed(HOT):
            there.execute(f"DELETE FROM routing_{table} WHERE domain_id = %s", [home.pk])
        there.execute("DELETE FROM routing_agent WHERE domain_id = %s AND NOT EXISTS (SELECT FROM routing_reservation r"
                      " WHERE r.agent_id = routing_agent.id)", [home.pk])  # fmt: skip
        for table, where in (*MADE_OF[1:], *HOT):
            _put(there, f"routing_{table}", _rows(f"routing_{table}", where, home), {})
        names = ", ".join(EVENTS)
        for row in _rows("event_log", f"call IN (SELECT id FROM routing_call WHERE {_COPIED}) OR {_of_agents()}", home):
            there.execute(
                f"INSERT INTO event_log ({names}) SELECT {names} FROM jsonb_populate_record(NULL::event_log, %s)"
                " ON CONFLICT DO NOTHING",
                [json.dumps(row)],
            )
        for table, _where in MADE_OF:
            there.execute(
                f"SELECT setval(pg_get_serial_sequence('routing_{table}', 'id'), greatest(max(id), 1)) FROM routing_{table}"
            )


def _of_agents() -> str:
    """Events that say how the domain's agents stand, and belong to no call."""
    return "call IS NULL AND agent IN (SELECT id FROM routing_agent WHERE domain_id = %(domain)s)"


def _put(there: There, table: str, rows: Iterator[dict[str, Any]], changes: dict[str, Any]) -> None:
    known: dict[tuple[str, Any], bool] = {}
    for row in rows:
        for column, other in ELSEWHERE.items():
            if row.get(column) is not None:
                key = other, row[column]
                if key not in known:
                    found = there.execute(f"SELECT FROM {other} WHERE id::text = %s", [str(row[column])])
                    known[key] = found.fetchone() is not None
                row[column] = row[column] if known[key] else None
        there.execute(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s) ON CONFLICT DO NOTHING",
            [json.dumps(row | changes)],
        )


def _rows(table: str, where: str, home: Domain) -> Iterator[dict[str, Any]]:
    """As JSON, in order of their ids: theirs are our own table names and conditions."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE {where} ORDER BY id", {"domain": home.pk})
        for (row,) in cursor.fetchall():
            yield json.loads(row) if isinstance(row, str) else row


def forget_here(home: Domain) -> int:
    """What lives there now no longer lives here; history and events stay."""
    values = {"domain": home.pk}
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM routing_reservation WHERE call_id IN ({_CALLS})", values)
        cursor.execute(f"DELETE FROM routing_callback WHERE {_PROMISES}", values)
        cursor.execute(f"DELETE FROM routing_call WHERE {_LIVE}", values)
        gone = int(cursor.rowcount)
    Domain.objects.filter(pk=home.pk).update(moving=MOVED)
    return gone


def open_there(domain: str, there: There) -> None:
    """From here on the new server takes callers and its dispatcher works."""
    with there.transaction():
        there.execute("UPDATE routing_domain SET moving = '', lease_until = NULL WHERE key = %s", [domain])
