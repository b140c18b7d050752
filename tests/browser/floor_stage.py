"""What the floor's stories need on stage: a person of some role, and callers who walk the menus in circles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from customers.identity.ledger import Proposal
from customers.models import Customer
from ivr.flows import operations as flow_operations
from ivr.intake.operations import take
from ivr.results import PathEventIn

# Nodes of one path, and its end. Some lead back, one hears its menu again at once, two nodes bear the same label.
PATHS = (
    (("language", "main", "billing", "main", "billing", "balance", "more", "main", "plans", "queue_sales"), "transfer"),
    (("language", "main", "main", "billing"), "hangup"),
    (("language", "main", "broadband", "line_test", "more", "goodbye"), "sys_end"),
    (("language", "main", "queue_general"), "transfer"),
    (("language", "old_menu", "old_menu", "language"), "hangup"),
)


def person(*, name: str, role: str) -> dict[str, Any]:
    user = User.objects.create(username=name, role=role, first_name=name.title(), is_active=True)
    user.set_unusable_password()
    user.save()
    return {"user": user.pk}


def pairs(*, count: int) -> dict[str, Any]:
    """So many pairs of customers that may be one person wait for a reviewer; answers their proposals, the first one first."""
    now, made = db_now(), []
    for number in range(count):
        one, other = (Customer.objects.create(name=name, created_at=now) for name in ("陈美丽", "陈女士"))
        a, b = sorted((one, other), key=lambda customer: customer.pk)
        made.append(Proposal.objects.create(a=a, b=b, bits=9.5 - number, evidence=[], why="band", at=now).pk)
    return {"proposals": made}


def verdicts(*, proposals: list[int]) -> dict[str, Any]:
    """How these pairs stand."""
    return {"states": [str(Proposal.objects.get(pk=one).state) for one in proposals]}


def walkers(*, times: int) -> dict[str, Any]:
    """Every path this many times, a minute ago; answers the day that was, which midnight may have made yesterday."""
    now = db_now()
    began = now - timedelta(seconds=60)
    flow_operations.publish_shipped(now=now)
    for _ in range(times):
        for nodes, end in PATHS:
            take(items=_path(f"walker-{uuid4().hex}", nodes, end, began), now=now)
    return {"day": timezone.localdate(began).isoformat()}


def _path(name: str, nodes: tuple[str, ...], end: str, start: Any) -> list[PathEventIn]:
    call = uuid4()
    steps = [*(("enter", node) for node in nodes), (end, nodes[-1])]
    return [
        PathEventIn(
            call_id=call, source="main-trunk", external_id=name, t=start + timedelta(seconds=3 * place), kind=kind,
            node=node, seq=place, flow="operator",
        )
        for place, (kind, node) in enumerate(steps)
    ]  # fmt: skip
