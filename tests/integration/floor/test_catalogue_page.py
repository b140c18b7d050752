"""Ada keeps the shelf: files of products, versions, rivals' plans; nothing half done."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from callcenter.foundation.principal import Role
from customers.models import Offering, OfferingVersion, RivalOffering
from tests.integration.floor.test_contact_page import person
from tests.unit.customers.test_product_sheets import PLAN, RIVAL

pytestmark = pytest.mark.django_db
PAGE = "/floor/catalogue/"


@pytest.fixture
def ada() -> Client:
    return person("ada")


def put(client: Client, *rows: Any, path: str = PAGE, **more: Any) -> tuple[int, str]:
    answer = client.post(path, {"rows": json.dumps(list(rows)), "note": "autumn", **more})
    return answer.status_code, answer.content.decode()


def test_a_file_comes_whole_or_not_at_all(ada: Client) -> None:
    status, page = put(ada, PLAN, PLAN | {"code": "plan-60", "valid_to": "2020-01-01"})
    assert status == 422 and "Row 2: valid_to:" in page and not Offering.objects.exists()
    assert "plan-60" in page  # what was typed is still there
    assert put(ada, PLAN)[0] == 200
    assert put(ada, PLAN)[0] == 200  # the same again is no new version
    assert OfferingVersion.objects.get().note == "autumn"
    file = io.BytesIO((json.dumps(PLAN) + "\n" + json.dumps(PLAN | {"code": "plan-61"})).encode())
    assert ada.post(PAGE, {"file": file}).status_code == 200
    assert sorted(Offering.objects.values_list("code", flat=True)) == ["plan-59", "plan-61"]


def test_bundles_name_what_exists_and_a_code_stays_what_it_is(ada: Client) -> None:
    bundle = PLAN | {"code": "home", "kind": "bundle", "parts": ["plan-59", "tv"]}
    assert "there is no product tv" in put(ada, PLAN, bundle)[1]
    put(ada, PLAN)
    assert "another product needs another code" in put(ada, PLAN | {"family": "tv"})[1]
    assert "stands here twice" in put(ada, PLAN, PLAN)[1]


def test_a_product_has_a_past_that_stays(ada: Client) -> None:
    put(ada, PLAN)
    path = f"{PAGE}plan-59/"
    assert "畅享59" in ada.get(path).content.decode()
    dearer = PLAN | {"tariff": PLAN["tariff"] | {"fee": 6900}}
    assert put(ada, dearer, path=path)[0] == 302
    assert put(ada, PLAN | {"code": "other"}, path=path)[0] == 422
    assert (Offering.objects.get().fee_fen, OfferingVersion.objects.count()) == (6900, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferingVersion.objects.update(note="never said")
    assert ada.get(f"{PAGE}nothing/").status_code == 404


def test_rivals_are_kept_with_source_and_day(ada: Client) -> None:
    old = RIVAL | {"seen_on": "2020-01-05"}
    assert put(ada, old, path=f"{PAGE}rivals/")[0] == 302
    page = ada.get(PAGE).content.decode()
    assert "north.example" in page and "too old" in page
    assert put(ada, RIVAL | {"seen_on": "2020-02-01"}, path=f"{PAGE}rivals/")[0] == 302
    put(ada, old, path=f"{PAGE}rivals/")  # an older reading does not replace it
    assert RivalOffering.objects.get().seen_on.isoformat() == "2020-02-01"
    status, page = put(ada, RIVAL | {"source": ""}, path=f"{PAGE}rivals/")
    assert status == 422 and "Row 1: source:" in page


def test_agents_do_not_keep_the_shelf() -> None:
    assert person("lin", Role.AGENT).get(PAGE).status_code == 403
