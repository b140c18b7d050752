"""Zhang San asks to be forgotten: afterwards his number stands in no table of the product, and the calls still add up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from callcenter.console.models import NoteDraft
from callcenter.foundation import redaction
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import IdempotencyKey
from callcenter.telephony.models import InboundEvent
from customers.models import Customer, Identifier, ImportJob, RowError
from ivr.models import PathImport, RefusedRow
from routing.models import Call, Callback
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

NUMBER, NATIONAL = "+8613812345678", "13812345678"


@pytest.fixture
def zhang(floor: Floor, switch: Caller, settings: Any, tmp_path: Path) -> Customer:
    """He has called, was promised a callback, and left traces wherever a system could write them down."""
    settings.ERASURE_LEDGER = tmp_path / "ledger.ndjson"
    now = db_now()
    customer = Customer.objects.create(name="张三", created_at=now)
    Identifier.objects.create(customer=customer, kind="phone", value=NUMBER)
    called = switch.post(
        "/calls", arrival(**{"from": "0138 1234 5678", "attributes": {"ani": NUMBER}}), Idempotency_Key="1"
    ).json()["call"]["id"]
    call = UUID(hex=called.removeprefix("c_"))
    assert Call.objects.get(pk=call).customer_id == customer.pk
    switch.post(f"/calls/{called}/events", event("ended", number=NATIONAL))
    queue, domain = floor.billing, floor.domain
    Callback.objects.create(
        domain=domain, queue=queue, origin_id=call, number=NUMBER, enqueued_at=now, state="scheduled", due_at=now, until=now,
        promised_at=now,
    )  # fmt: skip
    author = get_user_model().objects.create(username="lin", role="agent")
    NoteDraft.objects.create(call=call, author=author, text=f"张三 asks for {NATIONAL}", saved_at=now)
    job = ImportJob.objects.create(source="crm", name="a.csv", sha256="0", actor="user:1", at=now)
    RowError.objects.create(job=job, row_no=3, sentence="no date", row=[["手机", NATIONAL]])
    log = PathImport.objects.create(name="b.csv", path="", sha256="0", source="ivr", actor="user:1", at=now)
    RefusedRow.objects.create(job=log, number=1, code="x", sentence=f"{NATIONAL} is no time", row={"t": int(NATIONAL)})
    InboundEvent.objects.create(
        source="pbx", identity="other", type="x", raw={"to": NATIONAL}, received_at=now, result="quarantined"
    )
    IdempotencyKey.objects.create(principal="key:1", key="k", body_hash="", body={"n": NUMBER}, expires_at=now)
    return customer


def erase(customer: Customer) -> None:
    call_command("erase_subject", str(customer.pk), purpose="request 7")


def test_his_number_stands_in_no_table_afterwards(zhang: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    before = redaction.still_present(values=[NUMBER])
    assert {"routing_call", "routing_callback", "console_notedraft", "telephony_inboundevent", "customers_rowerror",
            "ivr_refusedrow", "foundation_idempotencykey", "customers_identifier"} <= set(before)  # fmt: skip
    omar = Customer.objects.create(name="Omar", created_at=db_now())
    Identifier.objects.create(customer=omar, kind="phone", value="+86138123456789")
    erase(zhang)
    assert "Still present: nothing." in capsys.readouterr().out
    assert redaction.still_present(values=[NUMBER, "0138 1234 5678"]) == {}
    assert Identifier.objects.get().customer_id == omar.pk  # his number begins with the same digits
    call = Call.objects.get()
    assert (call.from_number, call.from_e164, call.attributes, call.facts) == ("", "", {}, {})
    assert call.customer_id == zhang.pk  # an empty shell, so that the call's events still add up
    assert Callback.objects.get().state == "canceled"
    assert NoteDraft.objects.get().text == ""
    assert RefusedRow.objects.get().row == {"t": 99999999999}


def test_what_he_is_handed_out_comes_from_every_room(zhang: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_subject", str(zhang.pk), purpose="request 6")
    told = json.loads(capsys.readouterr().out)
    assert {"customers_customer", "customers_identifier", "routing_call", "routing_callback", "event_log",
            "console_notedraft", "telephony_inboundevent", "customers_rowerror", "ivr_refusedrow",
            "foundation_auditentry"} <= set(told)  # fmt: skip
    assert NATIONAL in told["console_notedraft"][0]["text"]
    assert told["foundation_auditentry"][-1]["purpose"] == "request 6"
    assert not {"accounts_user", "routing_queue", "routing_agent"} & set(told), "who served him is nobody's to hand out"


def test_a_number_that_the_family_shares_stays_with_the_family(zhang: Customer, switch: Caller) -> None:
    wife = Customer.objects.create(name="李四", created_at=db_now())
    Identifier.objects.create(customer=wife, kind="phone", value=NUMBER)
    erase(zhang)
    assert Identifier.objects.get().customer_id == wife.pk
    assert Call.objects.get().from_e164 == ""  # it was his call
    assert InboundEvent.objects.filter(identity="other", raw={"to": NATIONAL}).exists()


def test_a_restored_backup_forgets_again(zhang: Customer, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    erase(zhang)
    (line,) = settings.ERASURE_LEDGER.read_text().splitlines()
    assert json.loads(line)["customers"] == [str(zhang.pk)]
    assert NATIONAL not in line
    Customer.objects.filter(pk=zhang.pk).update(status="active", name="张三")  # as the backup has him
    Identifier.objects.create(customer=zhang, kind="phone", value=NUMBER)
    call_command("erase_subject", again=True, purpose="restored")
    assert "1 ids of the ledger have come back." in capsys.readouterr().out
    assert redaction.still_present(values=[NUMBER]) == {}
    with pytest.raises(CommandError, match="Name one"):
        call_command("erase_subject", purpose="nobody named")
    settings.ERASURE_LEDGER.write_text("{}\n")
    with pytest.raises(CommandError, match="no entry"):
        call_command("erase_subject", again=True, purpose="restored")


def test_short_values_are_left_alone_and_a_whole_number_is_meant() -> None:
    assert redaction.spellings(["12345", NUMBER]) == ["00" + NUMBER[1:], NUMBER, NUMBER[1:], "0" + NATIONAL, NATIONAL]
