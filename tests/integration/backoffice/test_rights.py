"""Mrs Chen asks for everything, then to be forgotten: an administrator does both from her page, nobody else can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from customers.models import Customer, Identifier
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen(settings: Any, tmp_path: Path) -> Customer:
    settings.ERASURE_LEDGER = tmp_path / "ledger.ndjson"
    customer = Customer.objects.create(name="陈美丽", created_at=db_now())
    Identifier.objects.create(customer=customer, kind="phone", value="+8613800138000")
    return customer


def test_handed_out_and_forgotten_from_the_page(chen: Customer) -> None:
    admin, at = client_of("admin", "zh-hans"), f"/customers/{chen.pk}"
    assert "客户本人的权利" in admin.get(f"{at}/").content.decode()
    assert admin.post(f"{at}/export/", {"purpose": " "}).status_code == 422
    file = admin.post(f"{at}/export/", {"purpose": "request 7"})
    assert file["Content-Disposition"].startswith("attachment")
    assert "陈美丽" in str(json.loads(file.content)["customers_customer"])
    unsure = admin.post(f"{at}/erase/", {"purpose": "request 8"})
    assert unsure.status_code == 422
    assert "请确认此操作无法撤销" in unsure.content.decode()
    done = admin.post(f"{at}/erase/", {"purpose": "request 8", "sure": "yes"}).content.decode()
    assert "不再有任何可指向此人的信息" in done
    assert "customers_identifier" in done
    assert admin.get(f"{at}/").status_code == 404
    asked = AuditEntry.objects.filter(action__in=["customer.exported", "customer.erased"]).order_by("pk")
    assert list(asked.values_list("purpose", flat=True)) == ["request 7", "request 8"]


def test_nobody_else_can(chen: Customer) -> None:
    ada = client_of("supervisor")
    assert "rights-name" not in ada.get(f"/customers/{chen.pk}/").content.decode()
    for act in ("export", "erase"):
        assert ada.post(f"/customers/{chen.pk}/{act}/", {"purpose": "x", "sure": "yes"}).status_code == 403
    assert Customer.objects.get(pk=chen.pk).name == "陈美丽"
