"""One product and one switch for all conversations; skipped with one line where the packages are absent."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sip.rig import MISSING, Kamailio, Rig, udp_port
from tests.stack import running

# Each conversation has a Lin and an Omar of its own: who was busy or unreachable is left in peace for a minute.
AGENTS = tuple(f"{name}-{n}" for n in range(20) for name in ("lin", "omar"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.sip)


@pytest.fixture(scope="session")
def whole_rig() -> Iterator[Rig]:
    if MISSING:
        sentence = f"{MISSING[0]} is missing: apt-get install kamailio kamailio-utils-modules kamailio-extra-modules sip-tester."
        if os.environ.get("REQUIRE_SIP") == "1":
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
    with tempfile.TemporaryDirectory(prefix="zhiyin-sip-") as place, running(Path(place) / "var") as stack:
        ports = {key: udp_port() for key in AGENTS}
        keys = json.loads(stack.python("-m", "tests.sip.floor", json.dumps(ports)).stdout.splitlines()[-1])
        folder = Path(place) / "sip"
        folder.mkdir()
        kamailio = Kamailio(folder, api=stack.url, key=keys["switch"])
        try:
            yield Rig(stack=stack, kamailio=kamailio, folder=folder, ports=ports, key=keys["floor"])
        finally:
            kamailio.kill()


@pytest.fixture
def rig(whole_rig: Rig) -> Iterator[Rig]:
    yield whole_rig
    whole_rig.everybody_goes_home()
