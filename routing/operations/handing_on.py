"""A waiting caller goes on to another domain, on this server or another, and keeps the place.

Two local transactions joined by a row: here the call ends `diverted: overflow` and the row is written; there the call is
inserted, once, under a name made of the call here; then the row is done. Whoever dies in between is followed by the
dispatcher, which carries every row that is not done: nobody is lost, nobody stands twice.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.domains import lives_here
from callcenter.foundation.errors import Invalid, Unavailable
from routing import queries, sites
from routing.handover_models import Handover, SiteWord
from routing.journal import Journal, lock_call, lock_holding
from routing.models import Call, OverflowRule, Queue
from routing.operations import endings
from routing.operations.departing import depart
from routing.operations.reasons import note, said
from routing.overflow import Action
from routing.states import CallState

log = logging.getLogger(__name__)
ACTOR = "dispatcher"
BATCH = 50

# The call and what is told of it, or nothing where it is there already.
ADMIT = """
WITH target AS (
    SELECT d.id AS domain, d.key AS name, q.id AS queue FROM routing_queue q JOIN routing_domain d ON d.id = q.domain_id
    WHERE d.key = %(domain)s AND q.key = %(queue)s
), made AS (
    INSERT INTO routing_call (id, domain_id, source, external_id, channel, direction, from_number, from_e164, to_number,
                              language, attributes, facts, customer_id, match_basis, queue_id, state, arrived_at,
                              enqueued_at, head_start_s, place_key, ended_by, end_reason, version)
    SELECT %(id)s, t.domain, %(source)s, %(external_id)s, %(channel)s, %(direction)s, %(from_number)s, %(from_e164)s,
           %(to_number)s, %(language)s, %(attributes)s::jsonb, %(facts)s::jsonb,
           (SELECT id FROM customers_customer WHERE id = %(customer)s), %(match_basis)s, t.queue, 'queued', %(arrived_at)s,
           %(enqueued_at)s, %(head_start_s)s, %(place_key)s, '', '', 2
    FROM target t ON CONFLICT DO NOTHING RETURNING id, customer_id
), told AS (
    INSERT INTO event_log (type, at, domain, call, seq_in_call, actor, data)
    SELECT e.type, %(now)s, t.name, m.id, e.seq, %(actor)s, e.data || jsonb_build_object('customer', m.customer_id)
    FROM made m CROSS JOIN target t CROSS JOIN LATERAL (VALUES
        ('call.arrived', 1, %(arrived)s::jsonb), ('call.queued', 2, %(queued)s::jsonb)) AS e(type, seq, data)
    ORDER BY e.seq
)
SELECT (SELECT count(*) FROM target), (SELECT count(*) FROM made),
       EXISTS (SELECT FROM routing_call WHERE id = %(id)s)
"""


def send_to_site(*, call_id: UUID, domain: str, queue: str, why: str, now: datetime, actor: str) -> UUID:
    """Send a waiting caller to a queue of another domain, at the same place. The id of the call there.

    Raises Conflict (the caller no longer waits, or was sent on three times), Invalid (no such open queue there),
    Unavailable (the other server does not answer): then the caller stands where they stood.
    """
    why = said(why)
    ask_site(domain=domain, queue=queue)
    home = queries.call(call_id=call_id).domain
    there = _leave(call_id=call_id, domain=domain, queue=queue, why=why, now=now, actor=actor)
    carry_handovers(domain=home, now=now)
    return there


def ask_site(*, domain: str, queue: str) -> None:
    """Raises Invalid (no such open queue there), Unavailable (the other server does not answer)."""
    if not sites.takes(domain=domain, queue=queue):
        raise Invalid(_("There is no open queue of this name there."), code="unknown_queue", field="/queue")


def leave_for_site(*, call_id: UUID, domain: str, queue: str, why: str, now: datetime, actor: str) -> UUID:
    """The same, where somebody has asked the other site already and the dispatcher brings the caller over."""
    return _leave(call_id=call_id, domain=domain, queue=queue, why=said(why), now=now, actor=actor)


@command
def _leave(*, call_id: UUID, domain: str, queue: str, why: str, now: datetime, actor: str) -> UUID:
    call = lock_call(call_id)
    made = Handover.objects.filter(call=call).first()
    if made is not None:
        return made.there
    if call.state not in {CallState.QUEUED, CallState.RESERVED} or call.domain.key == domain:
        raise endings.refuse(call, "sent to another site")
    endings.check_waits(call, "sent to another site")
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    held = lock_holding(call) if call.state == CallState.RESERVED else None
    journal.open(call, held)
    row = depart(journal, call, domain=domain, queue=queue, held=held)
    journal.close()
    note(call, "call.sent_to_site", why, now, actor, domain=domain, queue=queue)
    return row.there


def hear_sites(*, domain: str, now: datetime) -> int:
    """Ask the queues of other servers that this domain may hand callers to by itself. How many take callers.

    Rules ask nobody while a caller arrives: they go by what stands here, while it is fresh.
    """
    rules = OverflowRule.objects.filter(queue__domain__key=domain, action=Action.SITE, on_since__isnull=False)
    standing_in = Queue.objects.filter(domain__key=domain).exclude(closed_to_site="")
    named = {*rules.values_list("site", flat=True), *standing_in.values_list("closed_to_site", flat=True)}
    return sum(_hear(site, now) for site in sorted(named) if not lives_here(site.partition("/")[0]))


def _hear(site: str, now: datetime) -> bool:
    there, _slash, queue = site.partition("/")
    try:
        takes = sites.takes(domain=there, queue=queue)
    except Unavailable:
        takes = False
    SiteWord.objects.update_or_create(site=site, defaults={"takes": takes, "at": now})
    return takes


def carry_handovers(*, domain: str, now: datetime) -> int:
    """Bring everybody over who is on the way from this domain. How many arrived. Who cannot be taken yet stays on it."""
    rows = Handover.objects.select_related("call").filter(call__domain__key=domain, done_at__isnull=True)
    silent: dict[str, str] = {}  # a server that does not answer is asked once a round
    return sum(_carry(row, now, silent) for row in rows.order_by("made_at")[:BATCH])


def _carry(row: Handover, now: datetime, silent: dict[str, str]) -> bool:
    trouble, arrived = silent.get(row.to_domain, ""), False
    if not trouble:
        try:
            with transaction.atomic():
                [(targets, made, stands)] = sites.ask(row.to_domain, ADMIT, _values(row, now))
            # Neither: somebody else is just bringing them over. The next round sees whether they have.
            arrived = bool(made or stands)
            trouble = "" if targets or arrived else f"There is no queue {row.to_queue} in {row.to_domain}."
        except Unavailable as refused:
            trouble = silent[row.to_domain] = refused.sentence
    mine = Handover.objects.filter(pk=row.pk, done_at__isnull=True)
    if arrived:
        return bool(mine.update(done_at=now, trouble=""))
    mine.update(trouble=trouble[:200])
    log.warning("c_%s has not arrived in %s: %s", row.call_id.hex, row.to_domain, trouble)
    return False


def _values(row: Handover, now: datetime) -> dict[str, Any]:
    call: Call = row.call
    assert call.enqueued_at is not None and call.place_key is not None
    place = {
        "enqueued_at": call.enqueued_at.isoformat(), "head_start_s": call.head_start_s,
        "place_key": call.place_key.isoformat(),
    }  # fmt: skip
    first = {"state": "arrived", "queue": None, "version": 1, "channel": call.channel, "direction": call.direction}
    then = {"state": "queued", "queue": row.to_queue, "version": 2, "match_basis": call.match_basis} | place
    plain = (
        "source", "channel", "direction", "from_number", "from_e164", "to_number", "language", "match_basis", "arrived_at",
        "enqueued_at", "head_start_s", "place_key",
    )  # fmt: skip
    return {name: getattr(call, name) for name in plain} | {
        "id": row.there, "domain": row.to_domain, "queue": row.to_queue, "external_id": f"{call}~{row.hop}",
        "attributes": json.dumps(call.attributes), "facts": json.dumps(call.facts), "customer": call.customer_id,
        "arrived": json.dumps(first | {"match_basis": call.match_basis}), "queued": json.dumps(then), "now": now,
        "actor": ACTOR,
    }  # fmt: skip
