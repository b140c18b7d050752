from __future__ import annotations

import pytest

from routing.models import Domain
from tests.integration.routing.world import World


@pytest.fixture
def world(db: None) -> World:
    return World(domain=Domain.objects.create(key="main", name="Main"))
