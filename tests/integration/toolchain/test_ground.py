"""The suite stands on its own database."""

from __future__ import annotations

import os

import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_each_worker_has_its_own_database() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    assert connection.settings_dict["NAME"] == "test_zhiyin" + (f"_{worker}" if worker else "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (connection.settings_dict["NAME"],)


def test_the_settings_point_into_this_run() -> None:
    assert str(settings.VAR_DIR) == os.environ["ZHIYIN_TEST_RUN"]
