"""Mrs Chen asks for everything, then to be forgotten: an administrator does both from her page, nobody else can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from customers.models import Customer, Identifier, PrivacyRequest
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
    wanted = admin.post(f"{at}/export/", {"purpose": "request 7"})["Location"]
    assert 'hx-trigger="load delay:1s"' in admin.get(wanted).content.decode()
    assert admin.post(f"{wanted}file/").status_code == 302  # not there yet: back to its page
    hall.privacy.answer(PrivacyRequest.objects.get(kind="export").pk)
    assert "下载文件" in admin.get(wanted, headers={"HX-Request": "true"}).content.decode()
    file = admin.post(f"{wanted}file/")
    assert file["Content-Disposition"].startswith("attachment")
    assert "陈美丽" in str(json.loads(file.content)["customers_customer"])
    assert client_of("auditor").post(f"{wanted}file/").status_code == 403
    unsure = admin.post(f"{at}/erase/", {"purpose": "request 8"})
    assert unsure.status_code == 422
    assert "请确认此操作无法撤销" in unsure.content.decode()
    gone = admin.post(f"{at}/erase/", {"purpose": "request 8", "sure": "yes"})["Location"]
    hall.privacy.answer(PrivacyRequest.objects.get(kind="erase").pk)
    done = admin.get(gone).content.decode()
    assert "不再有任何可指向此人的信息" in done
    assert "号码及其他客户标识" in done
    assert "customers_" not in done  # told in words, not by tables
    assert "不再保留" in admin.get(wanted).content.decode()  # the file went with the person
    assert admin.get(f"{at}/").status_code == 404
    asked = AuditEntry.objects.filter(action__in=["customer.exported", "customer.erased"]).order_by("pk")
    assert list(asked.values_list("purpose", flat=True)) == ["request 7", "request 8"]


def test_nobody_else_can(chen: Customer) -> None:
    ada = client_of("supervisor")
    assert "rights-name" not in ada.get(f"/customers/{chen.pk}/").content.decode()
    for act in ("export", "erase"):
        assert ada.post(f"/customers/{chen.pk}/{act}/", {"purpose": "x", "sure": "yes"}).status_code == 403
    assert Customer.objects.get(pk=chen.pk).name == "陈美丽"


def test_restricted_corrected_and_explained_from_the_page(chen: Customer) -> None:
    admin, at = client_of("admin", "zh-hans"), f"/customers/{chen.pk}"
    wrong = admin.post(f"{at}/right/", {"act": "correct", "field": "birth_year", "value": "1880", "reference": "r 1"})
    assert wrong.status_code == 422
    admin.post(f"{at}/right/", {"act": "correct", "field": "region", "value": "深圳", "reference": "r 1"})
    assert "客户本人" in admin.get(f"{at}/").content.decode()
    assert "未对该客户作任何计算" in admin.post(f"{at}/explained/", {"reference": "r 2"}).content.decode()
    admin.post(f"{at}/right/", {"act": "object", "reference": "r 3"})
    assert "拒绝画像" in admin.get(f"{at}/").content.decode()
    admin.post(f"{at}/right/", {"act": "restrict", "ground": "claims", "reference": "r 4"})
    assert admin.get(f"{at}/")["Location"] == f"{at}/restricted/"
    assert client_of("supervisor").get(f"{at}/").status_code == 404
    assert admin.post(f"{at}/restricted/", {"ground": "claims", "reference": ""}).status_code == 422
    assert "陈" in admin.post(f"{at}/restricted/", {"ground": "claims", "reference": "case 9"}).content.decode()
    page = admin.get("/customers/privacy/").content.decode()
    assert page.count("法律主张所需") == 3  # it stands, it was asked for, somebody looked
    admin.post(f"{at}/right/", {"act": "lift", "reference": "r 5"})
    assert admin.get(f"{at}/").status_code == 200
    assert client_of("auditor").get("/customers/privacy/").status_code == 200
