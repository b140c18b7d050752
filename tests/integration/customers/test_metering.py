"""Use and bills come in by the file; what is wrong is told, the rest is stored, and a correction replaces."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils.translation import override

from customers.catalogue import metering
from customers.imports import queries
from customers.imports.models import RowError
from customers.imports.operations import take_in
from customers.models import Customer, UsageMonth
from tests.integration.customers.conftest import NOW
from tests.unit.customers.test_usage_rows import ROW

pytestmark = pytest.mark.django_db


def test_a_file_of_months(mrs_chen: Customer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = mrs_chen.identifiers.filter(kind="phone").values_list("value", flat=True).first()
    mine = ROW | {"number": number}
    lines = [
        json.dumps(mine | {"month": "2026-06"}), json.dumps(mine | {"month": "2026-08"}), "", "{broken",
        json.dumps(mine | {"month": "2026-07", "usage": [{"service": "data", "amount": 1, "unit": "minute"}]}),
        json.dumps(ROW | {"number": "+8613999999999", "month": "2026-06"}),
    ]  # fmt: skip
    file = tmp_path / "usage.ndjson"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = take_in(path=file, source="billing", kind="usage", actor="billing", now=NOW + timedelta(days=60))
    assert (done.checkpoint, done.stored, done.unplaced, done.refused) == (5, 2, 1, 2)
    assert metering.gaps(job=done.pk) == 1
    broken, wrong = RowError.objects.filter(job=done, is_unplaced=False).order_by("row_no")
    assert "not JSON" in queries.refusal(broken)
    assert (wrong.row_no, wrong.column) == (4, "usage")
    assert "minute does not measure data" in queries.refusal(wrong)
    with override("zh-hans"):
        assert "不能计量" in queries.refusal(wrong)
    month = UsageMonth.objects.get(customer=mrs_chen, month="2026-06-01")
    assert (month.data_kb, month.bill_fen, len(month.sums)) == (5_767_168, 5_400, 2)
    file.write_text(json.dumps(mine | {"month": "2026-06", "lines": [{"kind": "fee", "fen": 4900}]}), encoding="utf-8")
    call_command("import_usage", str(file))
    told = capsys.readouterr().out
    assert "1 changed" in told
    assert "1 customers have a month missing" in told
    assert UsageMonth.objects.get(customer=mrs_chen, month="2026-06-01").bill_fen == 4900  # the later file corrects
    assert UsageMonth.objects.count() == 2
