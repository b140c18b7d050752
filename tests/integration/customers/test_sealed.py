"""An id document stands in no table in clear, and is found, shown, compared, linked, handed out and forgotten all the same."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from callcenter.foundation import redaction, sealing
from customers import privacy
from customers.identity import queries as identity
from customers.imports import operations, provenance, queries
from customers.imports.versions import RecordVersion
from customers.models import Customer, Identifier, RowError, SourceRecord
from customers.quality.measuring import _judged
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
PAPER, OTHER = "11010519491231002X", "440106198001010028"
FILE = f"id,name,phone,身份证\n1,陈美,13800138000,{PAPER.lower()}\n2,张三,12,{OTHER}\n3,陈美,,{PAPER}\n"


@pytest.fixture
def job(tmp_path: Path) -> Any:
    path = tmp_path / "people.csv"
    path.write_text(FILE, encoding="utf-8")
    return operations.run(job_id=operations.prepare(path=path, source="crm", actor="user:1", now=NOW).pk, now=NOW)


def test_it_stands_in_no_table_and_still_tells_who_somebody_is(job: Any) -> None:
    assert (job.stored, job.refused) == (2, 1)
    assert redaction.still_present(values=[PAPER, PAPER.lower(), OTHER]) == {}
    found = identity.find(kind="id_document", value=PAPER.lower(), now=NOW)
    assert found.basis == "several", "the same document twice in one chunk: both stand, and linking sees it"
    chen = SourceRecord.objects.get(key="1").customer_id
    view = identity.customer_view(customer_id=chen, now=NOW)
    own = next(one for one in view.identifiers if one.kind == "id_document")
    assert own.masked == "1101****002X"
    assert identity.reveal_value(customer_id=chen, field=f"identifier:{own.id}") == PAPER
    claims = {one.field: one.masked for one in provenance.claims(customer_id=chen)}
    assert claims["id_document"] == "1101****002X"
    assert not {"document_ok", "document_year"} & set(claims)
    _values, of, _silent = _judged(NOW)["crm"]
    assert of["validity"] >= 2


def test_the_file_of_refused_rows_says_what_was_sent(job: Any) -> None:
    assert OTHER not in str(RowError.objects.get().row)
    (row,) = csv.DictReader(StringIO("".join(queries.errors_file(job_id=job.pk))))
    assert (row["身份证"], row["phone"]) == (OTHER, "12")


def test_handed_out_in_clear_and_forgotten_for_good(job: Any, tmp_path: Path) -> None:
    chen = SourceRecord.objects.get(key="1").customer_id
    told = privacy.export(customer_id=chen, actor="user:1", purpose="request 7", now=NOW)
    assert PAPER in {row["value"] for row in told["customers_identifier"]}
    assert told["customers_sourcerecord"][0]["fields"]["id_document"] == PAPER
    privacy.erase(customer_id=chen, actor="user:1", purpose="request 7", now=NOW)
    path = tmp_path / "again.csv"
    path.write_text(f"id,name,身份证\n77,Chen,{PAPER}\n", encoding="utf-8")
    again = operations.run(job_id=operations.prepare(path=path, source="shop", actor="user:1", now=NOW).pk, now=NOW)
    assert (again.stored, again.refused) == (0, 1)


def test_the_database_takes_no_document_in_clear(people: People) -> None:
    chen = people.customer("陈美")
    with pytest.raises(IntegrityError, match="identifier_sealed"), transaction.atomic():
        Identifier.objects.create(customer=chen, kind="id_document", value=PAPER)


def test_keys_are_changed_by_command(people: People, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.FIELD_KEYS = "old:one"
    chen: Customer = people.customer("陈美")
    row = people.reached_by(chen, PAPER, kind="id_document")
    settings.FIELD_KEYS = "new:two,old:one"
    call_command("rotate_field_keys")
    assert "1 identifiers and 0 refused rows sealed anew" in capsys.readouterr().out
    row.refresh_from_db()
    assert row.sealed.startswith("s1.new.")
    settings.FIELD_KEYS, settings.FIELD_INDEX_KEY = "new:two", "another"
    assert identity.find(kind="id_document", value=PAPER, now=NOW).basis == "none"
    call_command("rotate_field_keys", index=True)
    assert identity.find(kind="id_document", value=PAPER, now=NOW).customer_id == chen.pk
    settings.FIELD_KEYS = "stranger:three"
    assert sealing.unseal(row.sealed, context="id_document") == ""
    with pytest.raises(CommandError, match="put the key back"):
        call_command("rotate_field_keys")


def test_the_steps_to_another_secret_key_lose_nothing(people: People, settings: Any) -> None:
    """As docs/operations/production.md has them: sealed while there was `SECRET_KEY` alone, read and found to the end."""
    chen: Customer = people.customer("陈美")
    row = people.reached_by(chen, PAPER, kind="id_document")

    def stands() -> bool:
        row.refresh_from_db()
        found = identity.find(kind="id_document", value=PAPER, now=NOW).customer_id == chen.pk
        return found and sealing.unseal(row.sealed, context="id_document") == PAPER

    before = settings.SECRET_KEY
    settings.FIELD_KEYS, settings.FIELD_INDEX_KEY = "k1:a word of its own", before
    assert stands()
    call_command("rotate_field_keys")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret of the installation", (before,)
    assert stands()
    settings.SECRET_KEY_FALLBACKS = ()
    assert stands() and row.sealed.startswith("s1.k1.")


def test_a_new_index_key_reaches_earlier_versions_of_records_and_refused_rows(
    job: Any, tmp_path: Path, settings: Any
) -> None:
    path = tmp_path / "later.csv"
    path.write_text(FILE.replace("陈美,13800138000", "陈美丽,13800138000"), encoding="utf-8")
    operations.run(job_id=operations.prepare(path=path, source="crm", actor="user:1", now=NOW).pk, now=NOW)
    version = RecordVersion.objects.get()
    settings.FIELD_INDEX_KEY = "another-index-key-of-thirty-two-signs"
    call_command("rotate_field_keys", index=True)
    version.refresh_from_db()
    assert version.fields["id_document"] == sealing.index(PAPER, context="id_document")
    assert all(sealing.index(OTHER, context="id_document") in str(row.row) for row in RowError.objects.all())
    (row, *_more) = csv.DictReader(StringIO("".join(queries.errors_file(job_id=job.pk))))
    assert row["身份证"] == OTHER
