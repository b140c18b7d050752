"""May this customer have these products, and if not, which layer says so first? For shops, apps and other channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from customers.offers import snapshots
from customers.offers.eligibility import first_failing
from customers.offers.facts import Product, Snapshot
from customers.offers.wording import Text
from customers.results import CallContext


@dataclass(frozen=True, kw_only=True)
class Qualified:
    """One product asked for. `failing` is the first rule that bars it; "" where it may be had."""

    code: str
    failing: str = ""
    why: Text | None = None


def qualify(*, customer_id: UUID, codes: Sequence[str], now: datetime) -> tuple[Qualified, ...]:
    """In the order asked: unknown product, then eligibility, then the harm test (dearer on the last three bills)."""
    context = CallContext(call_id=uuid4(), customer_id=customer_id, intent="", language="en", queue="", agent_name="")
    snapshot = snapshots.read(context=context, customer_id=customer_id, now=now).snapshot
    shelf = {one.code: one for one in snapshot.on_sale}
    return tuple(_qualified(code, shelf.get(code), snapshot) for code in codes)


def _qualified(code: str, product: Product | None, snapshot: Snapshot) -> Qualified:
    if product is None:
        return Qualified(code=code, failing="on_sale", why=Text(en="Not on sale today", zh="今天不在售"))
    barred = first_failing(product, snapshot)
    if barred is not None:
        return Qualified(code=code, failing=barred.key, why=barred.why_not)
    if snapshot.fitting is not None and snapshot.fitting.dearer(code):
        why = Text(en="Dearer on the last three bills", zh="按最近三个月账单会更贵")
        return Qualified(code=code, failing="not_dearer", why=why)
    return Qualified(code=code)
