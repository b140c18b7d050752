"""Billing tells a single top-up: it is stored like a row of a file, answered for, and can be taken back like an import."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from customers.imports import control
from customers.models import Customer, Identifier, ImportJob, Transaction
from tests.integration.telephony.conftest import Caller, Floor

TOP_UP = {
    "phone": "138 0013 8000",
    "transaction_id": "t-1",
    "at": "2026-11-20 10:00",
    "transaction": "top_up",
    "amount_yuan": 50,
}


@pytest.fixture
def billing(floor: Floor, settings: Any, tmp_path: Any) -> Caller:
    settings.VAR_DIR = tmp_path
    chen = Customer.objects.create(name="陈美丽", created_at=db_now())
    Identifier.objects.create(customer=chen, kind="phone", value="+8613800138000")
    return floor.caller("customers:write", "customers:read")


def tell(billing: Caller, *facts: dict[str, Any], **more: Any) -> Any:
    return billing.post("/customers/facts", {"source": "billing", "kind": "transactions", "facts": list(facts), **more})


def test_a_fact_is_stored_once_corrected_and_taken_back(billing: Caller) -> None:
    told = tell(billing, TOP_UP).json()
    assert (told["import"]["state"], told["import"]["counts"]["stored"], told["refused"]) == ("done", 1, [])
    assert Transaction.objects.get().amount_fen == 5_000
    assert tell(billing, TOP_UP).json()["import"]["counts"]["same"] == 1
    corrected = tell(billing, TOP_UP | {"amount_yuan": 30.5}).json()["import"]
    assert (corrected["counts"]["updated"], Transaction.objects.get().amount_fen) == (1, 3_050)
    control.undo(job_id=corrected["id"], actor="user:1", now=db_now())
    assert Transaction.objects.get().amount_fen == 5_000
    assert not [one for one in ImportJob.objects.all() if "138" in one.name]


def test_each_fact_that_is_not_taken_is_answered_for(billing: Caller) -> None:
    stranger, wrong = TOP_UP | {"phone": "13900139000"}, TOP_UP | {"transaction_id": "t-2", "amount_yuan": "much"}
    told = tell(billing, TOP_UP, stranger, wrong).json()
    assert [(one["fact"], one["field"], one["unplaced"]) for one in told["refused"]] == [
        (2, None, True), (3, "amount_yuan", False)
    ]  # fmt: skip
    assert told["import"]["counts"]["stored"] == 1


@pytest.mark.parametrize(
    ("facts", "more"),
    [
        ([], {}), ([TOP_UP] * 1_001, {}), ([TOP_UP], {"kind": "people"}), ([TOP_UP], {"source": "Big Shop"}),
        ([TOP_UP | {"shoe": "41"}], {}), ([TOP_UP | {"amount_yuan": True}], {}), ([TOP_UP | {"line": "x" * 501}], {}),
        ([{"phone": "13800138000"}], {}), ([{"amount_yuan": 1}], {}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    billing: Caller, facts: list[dict[str, Any]], more: dict[str, str]
) -> None:
    answer = tell(billing, *facts, **more)
    assert (answer.status_code, ImportJob.objects.exists()) == (422, False), answer.content
