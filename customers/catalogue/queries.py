"""The shelf for other systems; and what promises are tried on, read once in a while and kept in the process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from threading import Lock

from django.db.models import Q
from django.utils.translation import gettext as _

from callcenter.foundation.errors import NotFound
from customers.catalogue.accounts import Pool, pool_of
from customers.catalogue.models import Offering, UsagePool

POOL_AGE = timedelta(days=3)  # an older one says nothing: then nothing is promised
_REREAD = timedelta(minutes=15)
_lock = Lock()
_kept: tuple[datetime, Pool] | None = None


def pool(*, now: datetime) -> Pool:
    """The newest pool; an empty one if it is older than three days. One statement in a quarter of an hour, none where
    `refresh_pool` goes before."""
    kept = _kept
    if kept is None or not timedelta(0) <= now - kept[0] < _REREAD:
        return refresh_pool(now=now)
    return kept[1]


def refresh_pool(*, now: datetime) -> Pool:
    """Reads it anew; until it is read the old one is answered."""
    global _kept
    newest = UsagePool.objects.filter(made_at__gt=now - POOL_AGE).order_by("-made_at").first()
    found = pool_of(newest.rows if newest else ())
    with _lock:
        _kept = (now, found)
    return found


def forget_pool() -> None:
    """Read it anew at the next question: a new one was written."""
    global _kept
    with _lock:
        _kept = None


def on_sale(*, today: date, limit: int, offset: int) -> list[Offering]:
    """What is sold today, by code."""
    sold = Offering.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
    return list(sold.order_by("code")[offset : offset + limit])


def names(*, codes: Iterable[str], chinese: bool) -> dict[str, str]:
    """Products by their code, in the reader's language; codes of other things are left out. One statement."""
    said = "name_zh" if chinese else "name_en"
    return dict(Offering.objects.filter(code__in=set(codes)).values_list("code", said))


def offering(*, code: str) -> Offering:
    """One product, sold or no longer. Raises NotFound."""
    found = Offering.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such product."))
    return found
