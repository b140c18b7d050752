"""What is common in a circle is known by product alone, and only where a circle is large enough to hide its people."""

from __future__ import annotations

from datetime import date

import pytest

from customers.circles.models import Circle, CircleMember
from customers.models import Customer, Holding, Offering
from customers.offers.neighbourhood import common_in_circle
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db


def test_common_from_three_of_at_least_five_neighbours_on(shelves: dict[str, Offering]) -> None:
    circle = Circle.objects.create(found_at=NOW, seen_at=NOW, numbers=9, customers=7, closeness=0.9, value_fen=0)
    people = [Customer.objects.create(name=f"C{n}", created_at=NOW) for n in range(7)]
    ranks = dict.fromkeys(("standing", "value_rank", "influence_rank", "core_rank", "spread_rank", "reach"), 0.5)
    CircleMember.objects.bulk_create(
        CircleMember(
            customer=one, circle=circle, role="member", neighbours=3, neighbours_leaving=0.0, at=NOW, **ranks
        )
        for one in people
    )  # fmt: skip
    for place, code in enumerate(("reading", "reading", "reading", "data-5", "data-5", "plan-99", "plan-99")):
        Holding.objects.create(customer=people[place], offering=shelves[code], since=date(2026, 1, 1))
    assert common_in_circle(customer_id=people[6].pk) == ("reading",)
    assert common_in_circle(customer_id=people[0].pk) == ()  # two others have it, which could be guessed
    CircleMember.objects.filter(customer__in=people[3:5]).delete()
    assert common_in_circle(customer_id=people[6].pk) == ()  # four neighbours are too few
