"""Files that come by themselves, and tables of other databases: the same import, the same report."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from callcenter import env
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Unavailable
from customers.imports import feeds, readers
from customers.imports.models import ImportJob, SourceRecord
from customers.models import Customer

pytestmark = pytest.mark.django_db
CSV = "编号,姓名,手机号\n1,陈美,13800138000\n2,张三,12\n"


def lay(folder: Path, source: str, name: str, text: str, *, seconds_ago: int = 60) -> Path:
    path = folder / source / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    at = (db_now() - timedelta(seconds=seconds_ago)).timestamp()
    os.utime(path, (at, at))
    return path


def test_a_file_in_the_folder_is_imported_once_and_put_away_with_its_errors(tmp_path: Path) -> None:
    lay(tmp_path, "crm", "people.csv", CSV)
    lay(tmp_path, "crm", "growing.csv", CSV, seconds_ago=1)
    lay(tmp_path, "crm", ".hidden.csv", CSV)
    lay(tmp_path, "shop", "nonsense.csv", "x,y\n1,2\n")
    crm, shop = feeds.watch(folder=tmp_path, now=db_now())
    assert (crm.source, crm.job and crm.job.stored, crm.job and crm.job.refused) == ("crm", 1, 1)
    assert "No column is understood" in shop.sentence
    left = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*.csv"))
    assert left == [
        "crm/.hidden.csv", "crm/done/people.csv", "crm/done/people.csv.errors.csv", "crm/growing.csv",
        "shop/refused/nonsense.csv",
    ]  # fmt: skip
    lay(tmp_path, "crm", "people.csv", CSV)
    (again,) = feeds.watch(folder=tmp_path, now=db_now())
    assert again.job and again.job.same == 1
    assert Customer.objects.get().name == "陈美"
    refused = ImportJob.objects.get(source="shop")
    assert (refused.state, refused.name) == ("failed", "nonsense.csv")


@pytest.mark.parametrize(
    ("name", "encoding", "text", "rows"),
    [
        ("a.csv", "utf-8", "编号,姓名\n1,陈美\n2,张三\n", 2), ("a.csv", "gb18030", "编号,姓名\n1,陈美\n2,张三", 2),
        ("a.tsv", "utf-16", "编号\t姓名\r\n1\t上海上海\r\n", 1), ("a.ndjson", "utf-8", '{"编号": 1}\n{"编号": 2}\n', 2),
        ("a.csv", "utf-8", "编号,姓名", 0), ("a.csv", "utf-8", "", 0),
    ],
)  # fmt: skip
def test_how_long_a_file_is_is_told_by_its_lines(
    tmp_path: Path, name: str, encoding: str, text: str, rows: int
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    assert readers.rows_about(path, encoding=encoding) == rows


@pytest.fixture
def crm_database(settings: Any) -> str:
    """A source of its own on the same server, seen through another connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user, current_setting('unix_socket_directories')")
    told = connection.get_connection_params()
    url = psycopg.conninfo.make_conninfo(
        **{name: told[name] for name in ("host", "port", "user", "password", "dbname") if told.get(name)}
    )
    query = """SELECT 7 AS id, '陈美' AS name, '13800138000' AS phone, now() AS updated_at
               WHERE now() >= %(since)s AND %(since)s < '2000-01-01'"""
    settings.IMPORT_PULLS = {"crm": {"url": url, "query": query}}
    return url


def test_a_table_is_pulled_read_only_and_only_what_is_new(crm_database: str, settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    first = feeds.pull(source="crm", now=db_now())
    assert (first.state, first.stored) == ("done", 1)
    record = SourceRecord.objects.get()
    assert (record.key, record.source, record.job_id) == ("7", "crm", first.pk)
    assert feeds.pull(source="crm", now=db_now()).checkpoint == 0  # since the last pull nothing has changed
    assert feeds.pull(source="crm", now=db_now()).checkpoint == 0  # said once, not every minute
    assert list((tmp_path / "imports").iterdir()) == []
    settings.IMPORT_PULLS["crm"]["query"] = "SELECT lo_create(0) AS id"
    with pytest.raises(Unavailable, match="read-only"):
        feeds.pull(source="crm", now=db_now())
    assert ImportJob.objects.count() == 2


def test_one_source_that_is_down_does_not_keep_the_others_waiting(
    crm_database: str, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.VAR_DIR, settings.IMPORT_FOLDER = tmp_path, None
    settings.IMPORT_PULLS["billing"] = {"url": "host=127.0.0.1 port=1 dbname=x", "query": "SELECT 1"}
    with pytest.raises(CommandError, match="Not everything"):
        call_command("fetch_customers")
    out = capsys.readouterr().out
    assert "billing/pull billing: The database of this source does not answer" in out
    assert "crm/pull crm: 1 rows read: 1 new" in out
    feeds.fetch(now=db_now())
    (trouble,) = ImportJob.objects.filter(state="failed")  # told on the page, and once
    assert (trouble.source, "does not answer" in trouble.sentence) == ("billing", True)
    told = {one.source: one for one in feeds.feeds()}
    assert (told["billing"].place, told["billing"].last) == ("127.0.0.1/x", trouble)
    assert told["crm"].last is not None


@pytest.mark.parametrize("told", ["[]", "{", '{"crm": 1}', '{"crm": {"url": "x"}}'])
def test_a_wrong_setting_says_what_fits(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("IMPORT_PULLS", told)
    with pytest.raises(env.WrongSetting, match="must be JSON"):
        env.pulls("IMPORT_PULLS")
