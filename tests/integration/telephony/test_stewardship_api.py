"""A steward's system looks at automatic merges, keeps the list of what stands for nobody, and sets what comes by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from customers.identity import sampling
from customers.identity.ledger import LINKING
from customers.models import Customer, Feed, Identifier
from tests import stop_list
from tests.integration.telephony.conftest import Caller, Floor

SHOP = "+862087654321"


@pytest.fixture
def now() -> datetime:
    return db_now()


@pytest.fixture
def merged(floor: Floor, now: datetime) -> tuple[Customer, Customer]:
    """Two people whom linking made one, drawn to be looked at."""
    old, new = (
        Customer.objects.create(name=name, created_at=now - timedelta(days=days))
        for name, days in (("陈美丽", 90), ("陈女士", 30))
    )
    done = hall.customer.customers_merged(one=old.pk, other=new.pk, actor=LINKING, reason="1.2 bits", now=now)
    sampling.draw(joins=[(done.decision, 1.2)], now=now)
    return old, new


@pytest.fixture
def steward(floor: Floor) -> Caller:
    return floor.caller("identity:read", "identity:write", "customers:read", "config:write")


def test_a_merge_is_looked_at_once_and_taken_apart_where_it_was_wrong(
    steward: Caller, merged: tuple[Customer, Customer]
) -> None:
    old, new = merged
    told = steward.get("/identity/audits").json()
    (one,) = told["merges"]
    assert (one["survivor"], one["absorbed"], one["names"]) == (str(old.pk), str(new.pk), ["陈**", "陈**"])
    assert [band["judged"] for band in told["bands"]] == [0, 0]
    assert steward.get("/identity/audits?why=vanished").json()["merges"] == []
    assert steward.get("/identity/audits?why=mood").status_code == 422
    path, word = f"/identity/audits/{one['id']}/decision", {"verdict": "wrong", "reason": "two sisters"}
    assert steward.post(path, word).json() == {"verdict": "wrong", "restored": str(new.pk)}
    again = steward.post(path, word)
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "already_decided", "wrong")
    assert steward.post("/identity/audits/999/decision", word).status_code == 404
    told = steward.get("/identity/audits").json()
    assert (told["merges"], told["bands"][0]["judged"], told["bands"][0]["right"]) == ([], 1, 0)


def test_what_stands_for_nobody_is_listed_and_taken_off(steward: Caller, floor: Floor, now: datetime) -> None:
    stop_list.begun()
    chen = Customer.objects.create(name="陈美丽", created_at=now)
    Identifier.objects.create(customer=chen, kind="phone", value=SHOP)
    crm = floor.caller("customers:read")
    asked = {"kind": "phone", "value": "020 8765 4321"}
    assert crm.post("/customers/lookup", asked).json()["customer"] == str(chen.pk)
    made = steward.post("/identity/generic", asked | {"note": "Shop Tianhe"})
    assert (made.status_code, made.json()["people"], made.json()["state"]) == (201, 1, "listed")
    found = crm.post("/customers/lookup", asked).json()
    assert (found["basis"], found["customer"], len(found["candidates"])) == ("several", None, 1)
    assert steward.post("/identity/generic", asked).json()["code"] == "already_listed"
    wrong = steward.post("/identity/generic", {"kind": "phone", "value": "4*"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_field")
    listed = {one["value"]: one for one in steward.get("/identity/generic").json()["identifiers"]}
    assert listed["020 8765 4321"]["note"] == "Shop Tianhe" and listed["400*"]["by"] == "system"
    path = f"/identity/generic/{made.json()['id']}/decision"
    assert steward.post(path, {"verdict": "end"}).json()["state"] == "ended"
    assert steward.post(path, {"verdict": "end"}).json()["code"] == "already_decided"
    assert crm.post("/customers/lookup", asked).json()["customer"] == str(chen.pk)


def test_a_feed_is_set_read_and_put_away_and_its_connection_never_told(
    steward: Caller, settings: Any, tmp_path: Path
) -> None:
    settings.IMPORT_FOLDER, settings.IMPORT_PULL_HOSTS = tmp_path, ["crm.lan", "10.0.0.0/8"]
    (tmp_path / "shop").mkdir()
    wish = {"name": "Shop", "way": "folder", "source": "shop", "folder": "shop", "every_minutes": 15}
    made = steward.post("/feeds", wish)
    assert (made.status_code, made.json()["folder"], made.json()["last"]["outcome"]) == (201, "shop", "never")
    pull = {
        "name": "CRM", "way": "pull", "source": "crm", "query": "SELECT 1 AS id",
        "dsn": "postgresql://reader:geheim@10.1.2.3/crm",
    }  # fmt: skip
    feed = steward.post("/feeds", pull).json()
    assert (feed["place"], feed["query"]) == ("10.1.2.3/crm", "SELECT 1 AS id")
    inside = steward.post("/feeds", pull | {"name": "x", "dsn": "postgresql://u:p@127.0.0.1/x"})
    assert (inside.status_code, inside.json()["field"]) == (422, "/dsn")
    kept = steward.put(f"/feeds/{feed['id']}", {**pull, "dsn": "", "is_on": False}).json()
    assert (kept["is_on"], kept["place"]) == (False, "10.1.2.3/crm")
    assert steward.post(f"/feeds/{feed['id']}/look").status_code == 202
    told = steward.get("/feeds")
    assert [one["name"] for one in told.json()["feeds"]] == ["CRM", "Shop"] and "geheim" not in told.content.decode()
    assert steward.ask("DELETE", f"/feeds/{feed['id']}").json() == {"removed": feed["id"]}
    assert steward.get(f"/feeds/{feed['id']}").status_code == 404
    assert Feed.objects.get().name == "Shop"
