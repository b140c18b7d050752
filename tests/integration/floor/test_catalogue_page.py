"""Ada keeps the shelf: files and fields, versions, rivals' plans; prices with a second person; nothing half done."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from customers.catalogue import changing
from customers.catalogue.sheet_fields import flat
from customers.models import EarlierTerms, Offering, OfferingChange, OfferingVersion, RivalOffering
from tests.integration.customers.conftest import NOW
from tests.integration.floor.test_contact_page import person
from tests.unit.customers.test_product_sheets import PLAN, RIVAL

pytestmark = pytest.mark.django_db
PAGE = "/floor/catalogue/"


@pytest.fixture
def ada() -> Client:
    return person("ada")


@pytest.fixture
def grace() -> Client:
    """The second person."""
    return person("grace")


def put(client: Client, *rows: Any, path: str = PAGE, **more: Any) -> tuple[int, str]:
    answer = client.post(path, {"rows": json.dumps(list(rows)), "note": "autumn", **more})
    return answer.status_code, answer.content.decode()


def agree(client: Client, approve: str = "1") -> int:
    ids = list(OfferingChange.objects.filter(state="proposed").values_list("pk", flat=True))
    return client.post(f"{PAGE}changes/", {"change": ids, "approve": approve}).status_code


def test_a_file_comes_whole_or_not_at_all(ada: Client, grace: Client) -> None:
    status, page = put(ada, PLAN, PLAN | {"code": "plan-60", "valid_to": "2020-01-01"})
    assert status == 422 and "Row 2: valid_to:" in page and not OfferingChange.objects.exists()
    assert "plan-60" in page  # what was typed is still there
    assert put(ada, PLAN)[0] == 302
    assert agree(ada) == 409 and not Offering.objects.exists()  # nobody approves their own prices
    assert agree(grace) == 302
    assert put(ada, PLAN)[0] == 302 and not OfferingChange.objects.filter(state="proposed").exists()  # the same again
    assert OfferingVersion.objects.get().note.startswith("autumn")
    file = io.BytesIO((json.dumps(PLAN) + "\n" + json.dumps(PLAN | {"code": "plan-61"})).encode())
    assert ada.post(PAGE, {"file": file, "note": "more"}).status_code == 302
    assert agree(grace) == 302
    assert sorted(Offering.objects.values_list("code", flat=True)) == ["plan-59", "plan-61"]


def test_bundles_name_what_exists_and_a_code_stays_what_it_is(ada: Client, grace: Client) -> None:
    bundle = PLAN | {"code": "home", "kind": "bundle", "parts": ["plan-59", "tv"]}
    assert "there is no product tv" in put(ada, PLAN, bundle)[1]
    assert "requires: there is no product tv" in put(ada, PLAN | {"requires": ["tv", "mobile:plan"]})[1]
    put(ada, PLAN)
    agree(grace)
    assert "another product needs another code" in put(ada, PLAN | {"family": "tv"})[1]
    assert "stands here twice" in put(ada, PLAN, PLAN)[1]


def test_words_count_at_once_and_a_price_waits_for_its_day(ada: Client, grace: Client) -> None:
    put(ada, PLAN)
    agree(grace)
    path = f"{PAGE}plan-59/"
    dearer = PLAN | {"name": {"en": "Easy", "zh": "畅享"}, "tariff": PLAN["tariff"] | {"fee": 6900}}
    assert put(ada, dearer, path=path, holds_from="2999-01-15")[0] == 422  # bills are by month
    assert put(ada, dearer, path=path, holds_from="2020-01-01")[0] == 422  # the past is over
    assert put(ada, dearer, path=path, holds_from="2999-01-01")[0] == 302
    assert (Offering.objects.get().name_en, Offering.objects.get().fee_fen) == ("Easy", 5900)
    page = grace.get(PAGE).content.decode()
    assert "2999-01-01" in page and "<del" in page and "59" in page and "69" in page
    assert put(ada, dearer | {"tariff": PLAN["tariff"] | {"fee": 7900}}, path=path)[0] == 409  # one at a time
    agree(grace)
    assert Offering.objects.get().fee_fen == 5900
    day = date(2999, 1, 1)
    assert changing.apply_due(now=NOW.replace(year=2999, month=1, day=2)) == 1
    assert (Offering.objects.get().fee_fen, EarlierTerms.objects.get().until) == (6900, day)
    assert EarlierTerms.objects.get().tariff["fee"] == 5900
    assert "2999-01-01" in ada.get(path).content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferingVersion.objects.update(note="never said")
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferingChange.objects.update(approver="", state="in_force")
    assert ada.get(f"{PAGE}nothing/").status_code == 404


def test_fields_instead_of_data_and_each_fault_beside_its_field(ada: Client, grace: Client) -> None:
    fields = flat(PLAN) | {"suits": "heavy_data", "note": "new"}
    answer = ada.post(f"{PAGE}new/", fields | {"fee": "-5"})
    assert answer.status_code == 422 and "zero or more" in answer.content.decode()
    answer = ada.post(f"{PAGE}new/", fields | {"price-0-unit": "minute"})
    assert answer.status_code == 422 and "畅享59" in answer.content.decode()  # nothing typed is lost
    tried = ada.post(f"{PAGE}new/", fields | {"try": "1", "try_minutes": "0", "try_messages": "0", "try_gb": "6"})
    assert tried.status_code == 200 and "¥89.72" in tried.content.decode() and not OfferingChange.objects.exists()
    assert ada.post(f"{PAGE}new/", fields).status_code == 302
    agree(grace)
    path = f"{PAGE}plan-59/"
    standing = Offering.objects.get()
    assert ada.post(path, flat(PLAN) | {"name_en": "Easier", "note": "words"}).status_code == 302
    after = Offering.objects.get()
    assert (after.name_en, after.tariff) == ("Easier", standing.tariff) and not OfferingChange.objects.filter(
        state="proposed"
    )
    assert put(ada, PLAN | {"code": "other"}, path=path)[0] == 422


def test_rivals_are_kept_with_source_and_day(ada: Client) -> None:
    old = RIVAL | {"seen_on": "2020-01-05"}
    assert put(ada, old, path=f"{PAGE}rivals/")[0] == 302
    page = ada.get(PAGE).content.decode()
    assert "north.example" in page and "too old" in page
    assert put(ada, RIVAL | {"seen_on": "2020-02-01"}, path=f"{PAGE}rivals/")[0] == 302
    put(ada, old, path=f"{PAGE}rivals/")  # an older reading does not replace it
    kept = RivalOffering.objects.get()
    assert kept.seen_on.isoformat() == "2020-02-01"
    status, page = put(ada, RIVAL | {"source": ""}, path=f"{PAGE}rivals/")
    assert status == 422 and "Row 1: source:" in page
    path = f"{PAGE}rivals/{kept.pk}/"
    assert "北方49" in ada.get(path).content.decode()
    future = ada.post(path, flat(RIVAL) | {"seen_on": "2999-01-01"})
    assert future.status_code == 422 and "has not come yet" in future.content.decode()
    today = f"{db_now().date()}"
    fields = {name: text for name, text in flat(RIVAL).items() if name != "expires_on"}
    assert ada.post(path, fields | {"seen_on": today, "fee": "39"}).status_code == 302
    assert RivalOffering.objects.get().tariff["fee"] == 3900


def test_agents_do_not_keep_the_shelf() -> None:
    lin = person("lin", Role.AGENT)
    assert {lin.get(path).status_code for path in (PAGE, f"{PAGE}new/", f"{PAGE}rivals/new/")} == {403}


def test_another_row_is_added_without_losing_what_was_typed(ada: Client) -> None:
    typed = {
        "name_zh": "畅享",
        "bucket-0-service": "data",
        "bucket-0-amount": "half a",
        "note": "autumn",
        "add": "bucket",
    }
    page = ada.post(f"{PAGE}rivals/new/", typed).content.decode()
    assert 'name="bucket-1-service" autofocus' in page and "bucket-2-service" not in page
    assert 'value="half a"' in page and "畅享" in page and 'role="alert"' not in page  # nothing is judged yet
    again = ada.post(f"{PAGE}rivals/new/", typed | {"bucket-1-service": ""}).content.decode()
    assert 'name="bucket-2-service" autofocus' in again and not RivalOffering.objects.exists()
