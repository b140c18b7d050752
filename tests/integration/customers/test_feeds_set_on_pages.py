"""A folder or a query set on its page: looked for at its own pace, its secret never told, its trouble said where it stands."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import override

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Unavailable
from callcenter.foundation.models import AuditEntry
from customers.imports import arranging, feeds, queries, reaching
from customers.imports.arranging import Wish
from customers.imports.feed_models import Feed
from customers.imports.models import ImportJob, SourceRecord
from customers.models import Customer, UsageMonth
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=role, role=role), "django.contrib.auth.backends.ModelBackend")
    return client


ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}
MONTHS = "手机号,账期,通话分钟\n13800138000,2026-09,3\n"


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR, settings.IMPORT_FOLDER, settings.IMPORT_PULLS = tmp_path / "var", tmp_path / "feed", {}
    (tmp_path / "feed" / "billing" / "usage").mkdir(parents=True)
    return tmp_path / "feed"


@pytest.fixture
def elsewhere(settings: Any) -> str:
    """A database of the same server that is not the product's."""
    told = connection.get_connection_params()
    settings.IMPORT_PULL_HOSTS = [told["host"]]
    parts = {name: told[name] for name in ("host", "port", "user", "password") if told.get(name)}
    return psycopg.conninfo.make_conninfo(**parts, dbname="postgres")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What each host name leads to; others are not known."""
    known: dict[str, list[str]] = {}

    def resolve(host: str) -> list[Any]:
        if host not in known:
            raise OSError
        return [ip_address(one) for one in known[host]]

    monkeypatch.setattr(reaching, "resolve", resolve)
    return known


def lay(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    at = (db_now() - timedelta(seconds=60)).timestamp()
    os.utime(path, (at, at))
    return path


def folder(**more: Any) -> Wish:
    return Wish(
        **{"name": "Usage", "way": "folder", "source": "billing", "folder": "billing/usage", "mapping": {}} | more
    )


def query(dsn: str, **more: Any) -> Wish:
    told = "SELECT 7 AS id, '陈美' AS name, '13800138000' AS phone, '5001' AS secret"
    return Wish(**{"name": "CRM", "way": "pull", "source": "crm", "dsn": dsn, "query": told, "mapping": {}} | more)


def looked(now: datetime) -> Feed:
    feeds.fetch(now=now)
    return Feed.objects.get()


def test_a_folder_is_looked_for_at_its_own_pace_and_says_how_it_went(root: Path, mrs_chen: Customer) -> None:
    feed = arranging.keep(wish=folder(kind="usage", every_minutes=30), **ACTOR)
    place = root / "billing" / "usage"
    lay(place, "a.csv", MONTHS)
    now = db_now()
    assert looked(now).last_outcome == "taken"
    assert UsageMonth.objects.get().voice_s == 180
    assert ImportJob.objects.get().feed_id == feed.pk
    lay(place, "b.csv", MONTHS.replace("2026-09", "2026-08"))
    assert looked(now + timedelta(minutes=29)).last_at == now
    assert looked(now + timedelta(minutes=30)).last_outcome == "taken"
    assert looked(now + timedelta(minutes=60)).last_outcome == "nothing"
    lay(place, "c.csv", "x,y\n1,2\n")
    failed = looked(now + timedelta(minutes=90))
    assert failed.last_outcome == "failed"
    with override("zh-hans"):
        assert "没有哪一列说明数据属于谁" in queries.refusal(failed)
    arranging.keep(wish=folder(kind="usage", is_on=False), feed_id=feed.pk, **ACTOR)
    assert looked(now + timedelta(days=1)).last_at == failed.last_at
    assert list(AuditEntry.objects.filter(action="feed.set").values_list("actor", flat=True)) == ["user:1"] * 2


def test_a_folder_that_a_page_governs_is_not_taken_by_its_name_as_well(root: Path) -> None:
    (root / "crm").mkdir()
    arranging.keep(wish=folder(folder="crm", source="shop", is_on=False), **ACTOR)
    lay(root / "crm", "a.csv", "编号,姓名\n1,陈美\n")
    assert feeds.watch(folder=root, now=db_now()) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"folder": ".."}, "/folder"), ({"folder": "."}, "/folder"), ({"folder": "../var"}, "/folder"),
        ({"folder": "nowhere"}, "/folder"), ({"folder": "/etc"}, "/folder"),
        ({"name": " "}, "/name"), ({"source": "C R M"}, "/source"),
        ({"kind": "letters"}, "/kind"), ({"every_minutes": 0}, "/every_minutes"), ({"way": "post"}, "/way"),
        ({"mapping": {"a": "nothing"}}, "/mapping"),
    ],
)  # fmt: skip
def test_what_cannot_be_watched_is_refused_with_the_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        arranging.keep(wish=folder(**more), **ACTOR)
    assert refused.value.facts["field"] == field


def test_a_link_out_of_the_root_is_no_folder_below_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (root / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Invalid, match="below"):
        arranging.keep(wish=folder(folder="link"), **ACTOR)


def test_a_query_is_tried_with_masked_rows_kept_sealed_and_pulled(elsewhere: str) -> None:
    tried = arranging.look(wish=query(elsewhere), **ACTOR)
    told = {one.name: (one.field, *one.examples) for one in tried.columns}
    assert told["phone"] == ("phone", "138****8000")
    assert told["name"] == ("name", "陈*")
    assert told["secret"][0] == ""
    assert "5001" not in told["secret"][1]
    assert not ImportJob.objects.exists()
    feed = arranging.keep(wish=query(elsewhere, mapping={"id": "key", "name": "name"}), **ACTOR)
    assert "host" not in feed.dsn
    assert feed.place.endswith("/postgres")
    assert looked(db_now()).last_outcome == "taken"
    assert SourceRecord.objects.get().fields == {"name": "陈美"}
    changed = arranging.keep(
        wish=query("", every_minutes=5, mapping={"id": "key", "name": "name"}), feed_id=feed.pk, **ACTOR
    )
    assert changed.dsn == feed.dsn
    arranging.remove(feed_id=feed.pk, **ACTOR)
    assert SourceRecord.objects.exists()
    assert ImportJob.objects.get().feed_id is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DELETE FROM people", "begins with SELECT"), ("SELECT 1; DELETE FROM people", "semicolon"), ("", "begins with SELECT"),
        ("WITH gone AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM gone", "does not answer"),
        ("SELECT lo_create(0) AS id", "read-only"), ("SELECT pg_sleep(60)", "does not answer"),
    ],
)  # fmt: skip
def test_a_query_only_reads_and_not_for_long(
    elsewhere: str, text: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.imports.pulling._LOOK_MS", 200)
    with pytest.raises((Invalid, Unavailable), match=says):
        arranging.look(wish=query(elsewhere, query=text), **ACTOR)


@pytest.mark.parametrize(
    "dsn",
    [
        "", "x", "postgresql://crm/db", "host=/var/run/postgresql dbname=x user=y", "postgresql://u:p@localhost/x",
        "postgresql://u:p@127.0.0.1/x", "host=crm dbname=x user=y passfile=/etc/passwd", "service=x host=a dbname=b user=c",
        "host=crm,localhost dbname=x user=y", "hostaddr=127.0.0.1 host=crm dbname=x user=y",
        "postgresql://u:p@10.0.0.7/x", "postgresql://u:p@[::1]/x", "postgresql://u:p@[::ffff:10.0.0.7]/x",
        "postgresql://u:p@2130706433/x", "postgresql://u:p@metadata.example.com/x",
    ],
)  # fmt: skip
def test_no_connection_leads_to_this_machine_its_network_or_its_files(dsn: str, names: dict[str, list[str]]) -> None:
    names |= {"metadata.example.com": ["8.8.8.8", "169.254.169.254"], "2130706433": ["127.0.0.1"]}
    with pytest.raises(Invalid) as refused:
        arranging.keep(wish=query(dsn), **ACTOR)
    assert refused.value.facts["field"] == "/dsn"


def test_the_connection_goes_to_the_address_that_was_judged(names: dict[str, list[str]], settings: Any) -> None:
    names["crm.example.com"] = ["8.8.8.8", "8.8.4.4"]
    dsn = "postgresql://u:p@crm.example.com:5433/x"
    told = psycopg.conninfo.conninfo_to_dict(reaching.judged(dsn))
    assert (told["hostaddr"], told["port"]) == ("8.8.8.8", "5433")
    assert told["host"] == "crm.example.com"  # TLS asks by the name
    settings.IMPORT_PULL_HOSTS = ["10.1.0.0/16", "crm.lan"]
    names |= {"billing.lan": ["10.1.2.3"], "crm.lan": ["192.168.1.9"], "both.lan": ["10.1.2.3", "10.2.2.3"]}
    for host, address in (("billing.lan", "10.1.2.3"), ("crm.lan", "192.168.1.9"), ("10.1.0.9", "10.1.0.9")):
        told = psycopg.conninfo.conninfo_to_dict(reaching.judged(f"postgresql://u:p@{host}/x"))
        assert told["hostaddr"] == address
    for host in ("both.lan", "crm.example.com", "10.2.0.1"):  # with a list, nothing but what it names
        with pytest.raises(Invalid, match="IMPORT_PULL_HOSTS"):
            reaching.judged(f"postgresql://u:p@{host}/x")
    with pytest.raises(Invalid, match=r"nobody\.lan"):
        reaching.judged("postgresql://u:p@nobody.lan/x")


def test_a_name_that_leads_inside_later_is_not_followed(names: dict[str, list[str]]) -> None:
    names["crm.example.com"] = ["8.8.8.8"]
    arranging.keep(wish=query("host=crm.example.com dbname=x user=y"), **ACTOR)
    names["crm.example.com"] = ["127.0.0.1"]
    feed = looked(db_now())
    assert feed.last_outcome == "failed" and "IMPORT_PULL_HOSTS" in feed.sentence


def test_the_products_own_database_is_no_source(elsewhere: str) -> None:
    own = psycopg.conninfo.make_conninfo(elsewhere, dbname=str(connection.settings_dict["NAME"]))
    with pytest.raises(Invalid, match="own database"):
        arranging.look(wish=query(own), **ACTOR)


def test_a_database_that_is_down_says_so_in_the_readers_language(settings: Any) -> None:
    settings.IMPORT_PULL_HOSTS = ["127.0.0.1"]
    arranging.keep(wish=query("host=127.0.0.1 port=1 dbname=x user=y"), **ACTOR)
    feed = looked(db_now())
    assert feed.last_outcome == "failed"
    with override("zh-hans"):
        assert "没有应答" in queries.refusal(feed)


def test_it_is_set_tried_and_put_away_on_its_page(root: Path, mrs_chen: Customer) -> None:
    lay(root / "billing" / "usage", "a.csv", MONTHS)
    analyst = client_of("analyst")
    assert "billing/usage" in analyst.get("/customers/imports/feeds/new/?way=folder").content.decode()
    told = {
        "way": "folder", "name": "Usage", "source": "billing", "kind": "", "folder": "billing/usage", "every_minutes": "15",
        "is_on": "on",
    }  # fmt: skip
    tried = analyst.post("/customers/imports/feeds/new/", {**told, "act": "look"}).content.decode()
    assert '<option value="usage" selected>' in tried
    assert "138****8000" in tried
    assert "13800138000" not in tried
    wrong = analyst.post("/customers/imports/feeds/new/", {**told, "folder": "../x", "act": "keep"})
    assert (wrong.status_code, 'value="../x"' in wrong.content.decode()) == (422, True)
    meant = {"column": ["手机号", "账期", "通话分钟"], "field": ["phone", "month", "voice_minutes"], "kind": "usage"}
    kept = analyst.post("/customers/imports/feeds/new/", {**told, **meant, "act": "keep"})
    feed = Feed.objects.get()
    assert (kept.status_code, feed.mapping["账期"], feed.every_minutes) == (302, "month", 15)
    page = f"/customers/imports/feeds/{feed.pk}/"
    assert "账期 →" in analyst.get(page).content.decode()
    assert page in analyst.get("/customers/imports/").content.decode()
    assert analyst.post(page, {"act": "remove"}).status_code == 302
    assert analyst.get(page).status_code == 404
    assert client_of("supervisor").get("/customers/imports/feeds/new/").status_code == 403


def test_what_a_connection_says_stands_on_no_page_and_in_no_trail(elsewhere: str) -> None:
    feed = arranging.keep(wish=query(elsewhere + " password=geheim"), **ACTOR)
    page = client_of("admin").get(f"/customers/imports/feeds/{feed.pk}/").content.decode()
    assert "geheim" not in page
    assert "geheim" not in feed.dsn + str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_a_connection_that_was_tried_need_not_be_typed_again(elsewhere: str) -> None:
    analyst = client_of("analyst")
    told = {
        "way": "pull", "name": "CRM", "source": "crm", "kind": "", "query": "SELECT 7 AS id, 'x' AS name", "every_minutes": "15",
        "is_on": "on",
    }  # fmt: skip
    page = analyst.post("/customers/imports/feeds/new/", {**told, "dsn": elsewhere, "act": "look"}).content.decode()
    (sealed,) = re.findall(r'name="sealed" value="([^"]+)"', page)
    assert elsewhere not in page
    other = client_of("admin").post("/customers/imports/feeds/new/", {**told, "sealed": sealed, "act": "keep"})
    assert other.status_code == 422  # sealed for whoever typed it
    assert analyst.post("/customers/imports/feeds/new/", {**told, "sealed": sealed, "act": "keep"}).status_code == 302
    assert Feed.objects.get().place.endswith("/postgres")
