"""The contract's own examples with one value spoilt, deep inside too: judged by whoever reads it, never a 5xx.

Schemathesis varies the fields that the contract types; here are those it leaves open (definitions, attributes, facts of
an import), and parameters whose value is right by its form and odd by its meaning.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from callcenter.telephony import rates
from tests.integration.telephony.conftest import Caller, Floor, arrival
from tests.thorough import examples

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml").read_text("utf-8"))
EDGES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "0001-01-01", "9999-12-31"]
ODD: list[Any] = [
    "",
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    2**63 - 1,
    1e308,
    "a" * 300,
    "\u0001",
    "\u202e",
    "💥",
    "%00",
    "-0",
    "NaN",
    "1e9",
]
ODD += ["25:00", "' OR 1=1", "key:", "a_0", "c_" + "0" * 32, [], {}, [[]], ["x"] * 50, {"x": {"y": None}}, *EDGES]
SPOILT = examples(40, least=8)  # of each operation
AS_FILE = "/api/v1/imports"
ENDLESS = "/api/v1/events/stream"


def operations(*methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, known in CONTRACT["paths"].items():
        for method, operation in known.items():
            if method in methods and path not in {AS_FILE, ENDLESS}:
                yield method.upper(), path, operation


def named(path: str, floor: Floor, call: str) -> str:
    """The address with what there is; the first of its kind where nothing is."""
    there = {"call": call, "agent": f"a_{floor.lin.pk}", "queue": "billing", "key": "billing", "trunk": "pbx-1"}
    return re.sub(r"\{(\w+)\}", lambda word: str(there.get(word[1], "1")), path)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value, at any depth."""
    if way:
        yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for name, one in inner:
        yield from places(one, (*way, name))


def spoilt(value: Any, way: tuple[Any, ...], odd: Any) -> Any:
    whole = holder = copy.deepcopy(value)
    for name in way[:-1]:
        holder = holder[name]
    holder[way[-1]] = odd
    return whole


def bodies(operation: dict[str, Any]) -> list[Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return [one["value"] for one in content.get("examples", {}).values()]


@pytest.fixture
def call(floor: Floor, switch: Caller) -> str:
    name: str = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.client.raise_request_exception = False
    return name


def ask(switch: Caller, method: str, path: str, body: Any = None) -> int:
    rates.forget()
    status: int = switch.client.generic(
        method,
        path,
        "" if body is None else body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {switch.key}"},
    ).status_code
    return status


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_no_value_of_an_example_breaks_us(floor: Floor, switch: Caller, call: str, method: str) -> None:
    drawn = random.Random(f"{method} once more")
    broken, asked = [], 0
    for verb, path, operation in operations(method):
        for body in bodies(operation):
            where = list(places(body))
            for way, odd in {(drawn.choice(where), drawn.randrange(len(ODD))) for _ in range(SPOILT)} if where else ():
                status = ask(switch, verb, named(path, floor, call), json.dumps(spoilt(body, way, ODD[odd])))
                asked += 1
                if status >= 500:
                    broken.append((verb, path, way, ODD[odd], status))
    assert not broken
    assert asked > SPOILT


def test_no_parameter_breaks_us(floor: Floor, switch: Caller, call: str) -> None:
    broken, asked = [], 0
    for verb, path, operation in operations("get"):
        for given in operation.get("parameters", ()):
            if given["in"] != "query":
                continue
            allowed = given["schema"].get("enum") or ["1", "0", "5", "1.5", "30"]
            for odd in [*allowed, *EDGES, "-0", "NaN", "a" * 300, "\u202e"]:
                query = urlencode({given["name"]: odd} | ({"wait": 0} if given["name"] == "after" else {}))
                if given["name"] == "wait" and odd in {"1", "5"}:
                    continue  # it would
                status = ask(switch, verb, f"{named(path, floor, call)}?{query}")
                asked += 1
                if status >= 500:
                    broken.append((path, given["name"], odd, status))
    assert not broken
    assert asked > 100
