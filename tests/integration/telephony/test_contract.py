"""The contract: it is what stands in the repository, its examples hold, and our answers keep to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from callcenter.telephony.api.contract import OPERATIONS
from callcenter.telephony.problems import CODES
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    # By the parser in C: half a megabyte.
    loaded: dict[str, Any] = yaml.load(COMMITTED.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def test_the_committed_contract_is_the_present_one(tmp_path: Path) -> None:
    """After a change: `python manage.py spectacular --file docs/openapi.yaml`."""
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", "--file", str(fresh), "--validate", "--fail-on-warn")
    assert fresh.read_text("utf-8") == COMMITTED.read_text("utf-8")


def operations(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in contract["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    }


def check(contract: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    Draft202012Validator(schema | {"components": contract["components"]}).validate(value)


def test_it_is_openapi_3_1_and_every_operation_has_an_example(contract: dict[str, Any]) -> None:
    assert contract["openapi"].startswith("3.1")
    ours = {name: operation for name, operation in operations(contract).items() if name in OPERATIONS}
    assert set(ours) == set(OPERATIONS)
    for name, operation in ours.items():
        for status, answer in operation["responses"].items():
            for kind, shape in answer.get("content", {}).items():
                examples = [example["value"] for example in shape.get("examples", {}).values()]
                assert examples or kind == "application/problem+json", (name, status)
                for example in examples:
                    check(contract, shape["schema"], example)
        if "requestBody" in operation:
            (shape,) = operation["requestBody"]["content"].values()
            for example in shape["examples"].values():
                check(contract, shape["schema"], example["value"])


def test_every_error_it_names_is_explained(contract: dict[str, Any], db: None) -> None:
    page = Client().get("/api/docs/errors").content.decode()
    for code in CODES:
        assert f'id="{code}"' in page


def test_answers_keep_to_the_contract(floor: Floor, switch: Caller, contract: dict[str, Any]) -> None:
    """A whole conversation, every answer against its schema."""
    shapes = operations(contract)

    def keep(name: str, answer: Any) -> Any:
        stated = shapes[name]["responses"]
        assert str(answer.status_code) in stated, (name, answer.status_code, answer.content)
        shape = next(iter(stated[str(answer.status_code)]["content"].values()))["schema"]
        check(contract, shape, answer.json())
        return answer.json()

    agent = f"/agents/a_{floor.lin.pk}"
    keep("presence_set", switch.put(f"{agent}/presence", {"presence": "offline"}))
    lease = keep("presence_set", switch.put(f"{agent}/presence", {"presence": "available"}))["lease_id"]
    keep("heartbeat", switch.post(f"{agent}/heartbeat", {"lease_id": lease}))
    keep("device_set", switch.put(f"{agent}/device", {"device": "idle"}))
    keep("presence", switch.get(f"{agent}/presence"))
    body = arrival()
    made = keep("call_arrives", switch.post("/calls", body))
    call, held = f"/calls/{made['call']['id']}", f"/reservations/{made['reservation']['id']}"
    keep("call_arrives", switch.post("/calls", body))
    keep("call_arrives", switch.post("/calls", body | {"to": "1"}))
    keep("call_arrives", switch.post("/calls", arrival()))
    keep("reservations", switch.get("/reservations"))
    keep("reservation", switch.get(held))
    keep("reservation_accept", switch.post(f"{held}/accept"))
    keep("call_events", switch.post(f"{call}/events", event("answered")))
    keep("call_hold", switch.post(f"{call}/hold"))
    keep("call_resume", switch.post(f"{call}/resume"))
    keep("call", switch.get(call))
    keep("switch_events", switch.post("/switch-events", [event("hangup", call=made["call"]["id"]), "?"]))
    keep("call_hold", switch.post(f"{call}/hold"))
    keep("reservation_extend", switch.post(f"{held}/extend"))
    keep("reservation_complete", switch.post(f"{held}/complete", {"disposition": "done"}))
    keep("reservation_reject", switch.post(f"{held}/reject"))
    keep("call_timeline", switch.get(f"{call}/timeline"))
    told = keep("call_decision", switch.get(f"{call}/decision?agent=a_{floor.omar.pk}"))
    assert told["why_not"]["sentence"] == f"a_{floor.omar.pk} was offline."
    keep("agents", switch.get("/agents"))
    keep("agent", switch.get(agent))
    keep("queues", switch.get("/queues"))
    keep("queue", switch.get("/queues/billing"))
    keep("skills", switch.get("/skills"))
    keep("agent_skills", switch.get(f"{agent}/skills"))
    keep("events", switch.get("/events"))
    keep("limits", switch.get("/limits"))


def test_the_first_request_of_the_documentation_works(floor: Floor, switch: Caller) -> None:
    example = OPERATIONS["call_arrives"].example
    assert switch.post("/calls", example).status_code == 202


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/errors", "/api/schema/", "/api/schema/?format=json"])
def test_the_documentation_is_open_to_everybody(db: None, path: str) -> None:
    assert Client().get(path).status_code == 200


def test_the_documentation_brings_nothing_from_elsewhere(db: None) -> None:
    page = Client().get("/api/docs/")
    policy = page["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "http" not in policy
    text = page.content.decode()
    assert "//" not in text.replace("://www.w3.org", "").replace("https://", "").split("<body")[1].split("</main>")[0]
    assert "'unsafe-inline'" not in Client().get("/api/docs/errors")["Content-Security-Policy"]
