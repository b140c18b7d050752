"""Building the synthetic operator: an empty market is told from a full one, and the same seed gives the same rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from callcenter.demo.operator import seed, stories
from customers import models as tables

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
COUNT = 60
OF_SEED = "source <> 'found'"  # a family that was found is named when a person says yes
# What depends on the seed alone: everything but the numbers that tables give themselves.
ROWS = {
    f"customers_customer WHERE {OF_SEED}": "*",
    "customers_identifier": "customer_id, kind, value, role, verified_at, last_seen_at",
    "customers_usagemonth": "customer_id, month, voice_s, data_kb, messages, bill_fen",
    "customers_interaction": "customer_id, at, id - min(id) OVER (), channel, kind, code, outcome, note, data",
    "customers_consent": "customer_id, purpose, channel, state, at, until",
    f"customers_relationship WHERE b_id IN (SELECT id FROM customers_customer WHERE {OF_SEED})": "a_id, b_id, role",
}


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path  # passwords and keys are drawn there


def fingerprint() -> str:
    digest = sha256()
    with connection.cursor() as cursor:
        for table, columns in ROWS.items():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3")
            digest.update(json.dumps(cursor.fetchall(), default=str).encode())
    return digest.hexdigest()


def built(count: int = COUNT, *, seed_number: int = seed.SEED) -> str:
    """Build, look, take it all back."""
    with transaction.atomic():
        seed.build(customers=count, now=NOW, seed=seed_number)
        found = fingerprint()
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first = built()
    assert built() == first
    assert built(seed_number=7) != first


def test_a_market_is_empty_until_it_is_built() -> None:
    assert seed.is_empty()
    seed.build(customers=1, now=NOW)
    assert not seed.is_empty()
    assert tables.Customer.objects.count() >= len(stories.STORIES)
