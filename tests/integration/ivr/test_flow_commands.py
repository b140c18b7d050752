"""Menus on the server: out as a file, in again as a draft, byte for byte; faults are named."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ivr.flows.operations import publish_shipped
from ivr.flows.review import exported, workpiece
from tests.integration.ivr.story import NINE

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
