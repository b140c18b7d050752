"""Use and bills come in by the file; what is wrong is told, the rest is stored, and a correction replaces."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from customers.catalogue import metering
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
    done = metering.take(lines=lines, actor="billing", now=NOW + timedelta(days=60))
    assert (done.read, done.stored, done.unplaced, done.refused, done.gaps) == (5, 2, 1, 2, 1)
    assert (
        done.faults[0].startswith("Row 4: no JSON")
        and "Row 5: usage[0].unit: minute does not measure data" in done.faults[1]
    )
    file = tmp_path / "usage.ndjson"
    file.write_text(json.dumps(mine | {"month": "2026-06", "lines": [{"kind": "fee", "fen": 4900}]}), encoding="utf-8")
    call_command("import_usage", str(file))
    assert "1 stored" in capsys.readouterr().out
    assert UsageMonth.objects.get(customer=mrs_chen, month="2026-06-01").bill_fen == 4900  # the later file corrects
    assert UsageMonth.objects.count() == 2
