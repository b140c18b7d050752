"""Mrs Chen of gold has two visits to the lounge a term; a third is refused, the same journey counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.insight.benefits import held, use
from customers.models import Customer, LevelTerm
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db


def test_benefits_are_counted_by_term_and_end(mrs_chen: Customer) -> None:
    who: dict[str, Any] = {"customer_id": mrs_chen.pk, "actor": "user:1", "now": NOW}
    assert held(customer_id=mrs_chen.pk) == ()
    with pytest.raises(NotFound):
        use(**who, key="lounge", ref="CA981")
    day = NOW.date()
    term = LevelTerm.objects.create(
        customer=mrs_chen, level="gold", since=day, ends=day + timedelta(days=365), reason="given"
    )
    first = use(**who, key="lounge", ref="CA981")
    assert use(**who, key="lounge", ref=" CA981 ") == first
    assert {one.benefit.key: one.left for one in held(customer_id=mrs_chen.pk)} == {"head_start": None, "lounge": 1}
    use(**who, key="lounge", ref="CA982")
    with pytest.raises(Conflict):
        use(**who, key="lounge", ref="CA983")
    with pytest.raises(NotFound):
        use(**who, key="own_agent", ref="x")
    with pytest.raises(Invalid):
        use(**who, key="lounge", ref=" ")
    LevelTerm.objects.filter(pk=term.pk).update(closed_on=day)
    LevelTerm.objects.create(
        customer=mrs_chen, level="gold", since=day, ends=day + timedelta(days=365), reason="renewed"
    )
    assert held(customer_id=mrs_chen.pk)[1].left == 2  # a new term begins anew
