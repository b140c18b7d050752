"""What goes together is named at the desk only after it won on later months."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from customers.models import Customer, Holding, Offering, TogetherCard
from customers.offers.together import operations, queries
from tests.integration.customers.conftest import NOW, ago

pytestmark = pytest.mark.django_db


def baskets(*, together: bool) -> None:
    """300 customers of six packs; where they go together, who has the first of a pair takes the second later."""
    shelf = Offering.objects.bulk_create(
        Offering(code=f"item-{n}", family="tv", kind="pack", name_en="x", name_zh="x", valid_from=ago(days=900).date())
        for n in range(6)
    )
    people = Customer.objects.bulk_create(Customer(kind="individual", name="P", created_at=NOW) for _ in range(300))
    random, held = np.random.default_rng(2), []
    for place, person in enumerate(people):
        first = 2 * int(random.integers(3))
        second = first + 1 if together else (first + 1 + int(random.integers(5))) % 6
        early = place < 200
        held.append(Holding(customer=person, offering=shelf[first], since=ago(days=200).date()))
        held.append(Holding(customer=person, offering=shelf[second], since=ago(days=200 if early else 30).date()))
        if early and random.random() < 0.7:
            held.append(Holding(customer=person, offering=shelf[0], since=ago(days=150).date()))
    Holding.objects.bulk_create(held)


@pytest.mark.parametrize("together", [True, False])
def test_it_speaks_only_if_it_won(together: bool) -> None:
    baskets(together=together)
    card = operations.mine(now=NOW)
    assert card.speaks == together and card.card["n"] > 50
    found = queries.together(now=NOW)
    assert (found is not None) == together
    if found is not None:
        assert found.best({"item-2"})[0] == "item-3"
        assert queries.together(now=NOW + timedelta(days=31)) is None
        TogetherCard.objects.update(body="{}")
        assert queries.together(now=NOW) is None
