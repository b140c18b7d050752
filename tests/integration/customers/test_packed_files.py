"""What comes packed is unpacked by stream, read as what it is, and refused where it would not end."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from customers.imports import feeds, operations, packing
from customers.imports.models import ImportJob
from customers.imports.readers import Unreadable
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db
CSV = "编号,姓名,手机号\n1,陈美,13800138000\n2,张三,13900139000\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__dot__", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("people.csv.gz", gzip.compress(CSV.encode("gb18030"))),
        ("people.zip", zipped(**{"in/人.csv": CSV.encode(), "__MACOSX/._人.csv": b"x", "in/.DS_Store": b"y"})),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)
def test_a_packed_file_is_read_as_what_is_in_it(tmp_path: Path, name: str, packed: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(packed)
    job = operations.prepare(path=path, source="crm", actor="x", now=NOW)
    assert (job.name, job.rows_about) == (name, 2)
    assert operations.run(job_id=job.pk, now=NOW).stored == 2
    plain = tmp_path / "people.csv"
    plain.write_bytes(Path(job.path).read_bytes())
    assert operations.take_in(path=plain, source="crm", kind="people", actor="x", now=NOW).same == 2


@pytest.mark.parametrize(
    ("name", "packed", "says"),
    [
        ("bomb.csv.gz", gzip.compress(b"a,b\n" + b"0" * 30_000_000), "far more than it should"),
        ("bomb.zip", zipped(**{"a.csv": b"0" * 30_000_000}), "far more than it should"),
        ("two.zip", zipped(**{"a.csv": b"x", "b.csv": b"y"}), "holds 2 files"),
        ("none.zip", zipped(), "holds 0 files"),
        ("sheet.zip", zipped(**{"a.xlsx": b"x"}), "“a.xlsx” is none"),
        ("again.csv.gz.gz", gzip.compress(gzip.compress(b"x")), "is none"),
        ("torn.csv.gz", gzip.compress(os.urandom(9_000))[:4_000], "damaged"),
        ("no.csv.gz", b"plain text", "damaged"),
        ("no.zip", b"plain text", "damaged"),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)
def test_what_cannot_be_unpacked_is_refused_and_leaves_nothing(
    tmp_path: Path, name: str, packed: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(packed)
    with pytest.raises(Unreadable, match=says):
        operations.prepare(path=path, source="crm", actor="x", now=NOW)
    assert not [*(tmp_path / "var").rglob("*.csv")]
    assert not ImportJob.objects.exists()


def test_no_more_than_the_bound_is_ever_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_UNPACKED", 3_000_000)
    path = tmp_path / "large.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(3_500_000), compresslevel=1))
    with pytest.raises(Unreadable, match="far more"):
        packing.plain(path)


def test_the_watched_folder_takes_packed_files(tmp_path: Path) -> None:
    path = tmp_path / "feed" / "crm" / "people.csv.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(CSV.encode()))
    at = (db_now() - timedelta(seconds=60)).timestamp()
    os.utime(path, (at, at))
    (done,) = feeds.watch(folder=tmp_path / "feed", now=db_now())
    assert (done.job and done.job.stored, done.sentence) == (2, "")
    assert [one.name for one in (tmp_path / "feed" / "crm" / "done").iterdir()] == ["people.csv.gz"]
    assert [*(tmp_path / "var" / "imports").iterdir()] == []
