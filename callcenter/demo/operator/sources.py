"""What other systems have delivered about some customers: provenance, one file with refused rows, a fortnight of quality."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any

from customers import models as tables
from customers.quality.measuring import TREND_DAYS, measure

KNOWN = 400  # customers that a source has told of
MOVED = 0.12  # whom the shop knows in another region
WORN = ((3, "手机号", "12", "“%(value)s” cannot be a value of “%(field)s”.", {"value": "12", "field": "phone"}),
        (17, "出生日期", "1980-13-45", "“%(value)s” is no date. Write it as 1980-03-01.", {"value": "1980-13-45"}))  # fmt: skip
SCHOOL = "岭南邮电大学"  # an invented one
REMEMBERED = 12  # of one customer in so many the CRM had said something else before
STALE_DAYS = 45  # the shop has not delivered for so long


def write(*, now: datetime, seed: int) -> None:
    """The CRM tells of everybody, the shop of every third and sometimes otherwise."""
    random = Random(f"{seed}sources")
    people = list(
        tables.Customer.objects.filter(kind="individual").order_by("id").prefetch_related("identifiers")[:KNOWN]
    )
    last = {"crm": now - timedelta(days=1), "shop": now - timedelta(days=STALE_DAYS)}
    tables.SourceRecord.objects.bulk_create(
        [_record("crm", person, number, last["crm"], {}) for number, person in enumerate(people, start=1)]
        + [
            _record("shop", person, number, last["shop"], {"region": "香港"} if random.random() < MOVED else {})
            for number, person in enumerate(people[::3], start=1)
        ]
    )
    _before(last["crm"])
    job = tables.ImportJob.objects.create(
        source="crm", name="crm-customers.csv", sha256="0" * 64, actor="folder", at=last["crm"], finished_at=last["crm"],
        state="done", encoding="gb18030", checkpoint=len(people) + len(WORN), stored=len(people), refused=len(WORN),
    )  # fmt: skip
    tables.RowError.objects.bulk_create(
        tables.RowError(
            job=job, row_no=number, column=column, sentence=sentence, facts=facts,
            row=[["编号", str(number)], [column, value]],
        )
        for number, column, value, sentence, facts in WORN
    )  # fmt: skip
    for days in range(TREND_DAYS - 1, -1, -1):
        measure(now=now - timedelta(days=days))


def _before(now: datetime) -> None:
    """What the CRM had said half a year ago of some: another region, no language."""
    records = tables.SourceRecord.objects.filter(source="crm").order_by("row_no")
    tables.RecordVersion.objects.bulk_create(
        tables.RecordVersion(
            record=one, customer_id=one.customer_id, replaced_at=now, row_no=one.row_no, content_hash=b"",
            fields={**one.fields, "region": "福建"}, observed_at=now - timedelta(days=180),
            received_at=now - timedelta(days=180),
        )
        for one in records[::REMEMBERED]
    )  # fmt: skip


def _record(source: str, person: tables.Customer, number: int, at: datetime, otherwise: dict[str, str]) -> Any:
    told = {"name": person.name, "region": person.region, "birth_year": person.birth_year, **otherwise}
    if person.birth_year and at.year - 26 <= person.birth_year <= at.year - 17:
        told["address"] = f"{SCHOOL} {number % 9 + 1} 栋 {100 + number % 400} 室"
    elif number % 3 == 0 and person.language == "zh":
        told["address"] = f"{person.region}人民路 {number} 号"
    told |= {own.kind: own.value for own in person.identifiers.all()[:2]}
    fields = {field: value for field, value in told.items() if value not in ("", None)}
    digest = blake2b(json.dumps(fields, sort_keys=True, default=str).encode(), digest_size=16).digest()
    return tables.SourceRecord(
        source=source, key=f"{source}-{number}", customer=person, row_no=number, content_hash=digest, fields=fields,
        observed_at=at - timedelta(days=number % 300), received_at=at,
    )  # fmt: skip
