"""What goes away is told in every answer that it concerns, in the contract, and counted by key; nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from callcenter.telephony import deprecations
from callcenter.telephony.api.contract import OPERATIONS
from callcenter.telephony.deprecations import Going
from callcenter.telephony.urls import urlpatterns
from tests.integration.telephony.conftest import Caller, Floor, arrival

GOING = Going(since=date(2026, 3, 1), until=date(2027, 4, 1), instead="use `GET /sync`.")


@pytest.fixture
def going(monkeypatch: pytest.MonkeyPatch) -> None:
    assert urlpatterns, "the contract is made of the table as it stood when the addresses were read"
    monkeypatch.setattr(deprecations, "TABLE", {"agent": GOING, "call_arrives.priority": GOING})


def _counted(what: str, key: str) -> float:
    return REGISTRY.get_sample_value("zhiyin_deprecated_requests_total", {"what": what, "key": key}) or 0


def test_an_address_that_goes_away_says_when_even_where_it_refuses(floor: Floor, switch: Caller, going: None) -> None:
    for answer in (switch.get("/agents/key:1017"), switch.get("/agents/key:none")):
        assert answer["Deprecation"] == f"@{int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())}"
        assert parsedate_to_datetime(answer["Sunset"]) == datetime(2027, 4, 1, tzinfo=UTC)
        assert 'rel="deprecation"' in answer["Link"] and 'rel="sunset"' in answer["Link"]
    assert "Deprecation" not in switch.get("/queues/billing")
    prefix = switch.key.split("_")[1]
    assert _counted("agent", f"key:{prefix}") == 2


def test_a_field_that_goes_away_is_told_to_who_sends_it(floor: Floor, switch: Caller, going: None) -> None:
    assert "Deprecation" not in switch.post("/calls", arrival())
    assert "Sunset" in switch.post("/calls", arrival(priority="high"))


def test_the_contract_marks_it(going: None) -> None:
    assert deprecations.note("agent") == "`agent` goes away on 2027-04-01: use `GET /sync`."
    assert deprecations.note("call_arrives").startswith("`call_arrives.priority` goes away on")
    assert deprecations.note("call") == ""


def test_each_entry_of_the_table_names_what_is_in_the_contract() -> None:
    """And the contract marks each operation that goes away."""
    contract = yaml.safe_load((Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text("utf-8"))
    operations: dict[str, Any] = {
        one["operationId"]: one
        for ways in contract["paths"].values()
        for one in ways.values()
        if isinstance(one, dict) and "operationId" in one
    }
    for name in deprecations.TABLE:
        operation, _, field = name.partition(".")
        assert operation in OPERATIONS
        assert field or operations[operation]["deprecated"]
    assert {name for name, one in operations.items() if one.get("deprecated")} <= deprecations.TABLE.keys()


def test_nothing_goes_away_within_a_year() -> None:
    with pytest.raises(ValueError, match="twelve months"):
        Going(since=date(2026, 3, 1), until=date(2027, 2, 1), instead="x")
