"""Menus on the server: out as a file, in again as a draft, byte for byte; faults are named."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ivr.flows.operations import publish_shipped
from ivr.flows.review import exported, workpiece
from ivr.intake.operations import take
from ivr.models import Session
from tests.integration.ivr.story import NINE, asks_for_bill

pytestmark = pytest.mark.django_db


def test_menus_go_out_and_come_in_as_an_offered_draft(tmp_path: Path) -> None:
    publish_shipped(now=NINE)
    file, said = tmp_path / "menus.json", StringIO()
    call_command("export_flow", "operator", file=file, stdout=said)
    call_command("import_flow", str(file), offer="as it was", stdout=said)

    assert exported(flow="operator", number=2) == file.read_bytes() == exported(flow="operator", number=1)
    draft = workpiece(flow="operator", number=2).review
    assert draft is not None
    assert (draft.state, draft.note) == ("offered", "as it was")
    assert "operator/2 is a draft, offered for agreement." in said.getvalue()


def test_what_cannot_be_read_is_said_with_node_and_field(tmp_path: Path) -> None:
    file = tmp_path / "menus.json"
    file.write_text('{"flow": "a"}')
    with pytest.raises(CommandError, match="faults; nothing was imported") as refused:
        call_command("import_flow", str(file))
    assert "languages: The flow needs" in str(refused.value)
    with pytest.raises(CommandError, match="No version of the flow 'lost' is published"):
        call_command("export_flow", "lost")


def test_a_path_that_was_packed_wrongly_is_found_and_packed_again() -> None:
    take(items=asks_for_bill("chen"), now=NINE + timedelta(hours=1))
    Session.objects.update(path=[], outcome="hangup")
    told = StringIO()
    days = {"since": NINE.date(), "until": NINE.date()}

    call_command("pack_paths", **days, check=True, stdout=told)
    assert Session.objects.get().outcome == "hangup"
    call_command("pack_paths", **days, stdout=told)

    packed = Session.objects.get()
    assert (packed.outcome, len(packed.path), packed.revision) == ("agent", 4, 1)
    assert [line.split(": ")[1] for line in told.getvalue().splitlines()] == [
        "1 would differ.",
        "1 differed and were packed again.",
    ]


def test_nothing_is_proposed_from_a_log_that_is_too_short() -> None:
    publish_shipped(now=NINE)
    with pytest.raises(CommandError, match="choices"):
        call_command("optimise_flow", "operator")
    with pytest.raises(CommandError, match="No version of the flow 'lost' is published"):
        call_command("optimise_flow", "lost", dry_run=True)
