"""Every address under Schemathesis: no 5xx, whatever is answered is what the contract says, and what it forbids is refused.

Requests are made up from the contract, rightly and wrongly filled, about things that exist and things that do not; the
same at each run. `SCHEMATHESIS_EXAMPLES=200` asks for more an operation than the suite has time for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from django.db import transaction
from django.test.client import ClientHandler
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from callcenter.telephony import rates
from tests.integration.telephony.conftest import Caller, arrival, lay_out

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
# Batches answer 202 and judge item by item; nothing that a switch reports is refused as a whole.
JUDGED_BY_ITEM = {"call_events", "switch_events", "ivr_events", "survey_answers"}
ENDLESS = "event_stream"  # an open line: test_feed follows it

schema = schemathesis.openapi.from_path(COMMITTED).exclude(operation_id=ENDLESS)
schema.config.phases.coverage.enabled = False  # some hundred requests an operation, mostly alike
_django = ClientHandler(enforce_csrf_checks=True)


def _application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The product as a WSGI application that leaves the connection with the test's transaction alone."""
    response: Any = _django(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


schema.app = _application


@dataclass
class World:
    """A floor at work, the switch that talks to it, and what there is for each word of an address."""

    switch: Caller
    known: dict[str, str]


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Lin rings for Zhang San, Mrs Chen waits. Once for all operations: each begins at this state."""
    with django_db_blocker.unblock(), transaction.atomic():
        floor = lay_out()
        switch = floor.caller(trunk="pbx-1")
        floor.sign_in(switch, floor.lin)
        ringing = switch.post("/calls", arrival()).json()
        switch.post("/calls", arrival())
        receiver = switch.post("/webhooks", {"url": "https://crm.example.com/zhiyin"}).json()["webhook"]["id"]
        known = {"agent": f"a_{floor.lin.pk}", "queue": "billing", "trunk": "pbx-1", "webhook": receiver}
        known |= {"call": ringing["call"]["id"], "reservation": ringing["reservation"]["id"]}
        yield World(switch=switch, known=known)
        transaction.set_rollback(True)


@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_us(case: Case[Any], standing: World) -> None:
    rates.forget()
    _name_what_exists(case, standing.known)
    if case.query.get("wait"):
        case.query["wait"] = min(case.query["wait"], 0) if isinstance(case.query["wait"], int) else "x"
    key = {"Authorization": f"Bearer {standing.switch.key}"}
    response = case.call(headers=key)
    by_item = case.operation.definition.raw["operationId"] in JUDGED_BY_ITEM
    more = [] if by_item else [checks.negative_data_rejection, is_understood]
    case.validate_response(response, checks=[*CHECKS, *more], headers=key)


def _name_what_exists(case: Case[Any], known: dict[str, str]) -> None:
    """In every other request; wrong words in an address stay as they are."""
    where = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
    if where is None or not where.mode.is_positive or crc32(repr(case.body).encode()) % 2:
        return
    case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}


@schemathesis.check
def is_understood(ctx: Any, response: Response, case: Case[Any]) -> bool | None:
    """What the contract allows is never called malformed: a refusal of it speaks of the floor, not of the form."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return None
    code = response.json()["code"]
    assert code not in {"malformed", "unsupported_type", "unknown_field"}, response.json()
    return None
