"""Files of customers by the API: sent, judged, taken in, held, stopped, taken back; and how good they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from callcenter.foundation import uploads
from callcenter.foundation.clock import db_now
from customers import tasks
from customers.imports.models import ImportJob, SourceRecord
from customers.quality.measuring import measure
from tests.integration.telephony.conftest import Caller

CSV = "编号,姓名,手机号,备注\n1,陈美,13800138001,x\n2,张三,12,y\n3,李四,13800138003,z\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Callable[..., Any]:
    """Does what it is given, then what workers would do."""
    monkeypatch.setattr(tasks.import_file, "delay", lambda job: tasks.import_file(job))
    monkeypatch.setattr(tasks.undo_import, "delay", lambda job, actor: tasks.undo_import(job, actor))

    def do(act: Callable[[], Any]) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return act()

    return do


def send(by: Caller, text: str | bytes = CSV, *, name: str = "people.csv", headers: Any = None, **told: str) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    form = {"source": "crm", **told, "file": SimpleUploadedFile(name, raw)}
    body = encode_multipart(BOUNDARY, form)
    return by.ask("POST", "/imports", body, content_type=MULTIPART_CONTENT, **(headers or {}))


def files(settings: Any) -> int:
    return len(list((settings.VAR_DIR / "imports").glob("*")))


def test_a_file_waits_is_tried_is_taken_in_and_its_refused_rows_come_back(switch: Caller, at_once: Any) -> None:
    sent = at_once(lambda: send(switch))
    assert sent.status_code == 201, sent.content
    waiting = sent.json()["import"]
    assert (waiting["state"], waiting["rows_about"], waiting["done"]) == ("uploaded", 3, 0.0)
    assert {"name": "手机号", "field": "phone"} in waiting["columns"]
    assert {"name": "备注", "field": None} in waiting["columns"]
    at = f"/imports/{waiting['id']}"
    tried = at_once(lambda: switch.post(f"{at}/run", {"dry_run": True})).json()["import"]
    judged = switch.get(f"/imports/{tried['id']}").json()["import"]
    assert (judged["state"], judged["counts"]["stored"], judged["counts"]["refused"]) == ("done", 2, 1)
    assert not SourceRecord.objects.exists()
    assert at_once(lambda: switch.post(f"{at}/run", {})).status_code == 202
    done = switch.get(at).json()["import"]
    assert (done["state"], done["done"], done["counts"]["read"], done["counts"]["stored"]) == ("done", 1.0, 3, 2)
    errors = b"".join(switch.get(f"{at}/errors.csv?language=zh-hans").streaming_content).decode()
    assert "张三" in errors
    assert "拒绝原因" in errors
    corrected = errors.replace(",12,", ",13800138002,")
    again = at_once(lambda: send(switch, corrected, begin="run")).json()["import"]
    told = switch.get(f"/imports/{again['id']}").json()["import"]
    assert (told["counts"]["read"], told["counts"]["stored"], told["counts"]["refused"]) == (1, 1, 0)
    listed = switch.get("/imports?source=crm&limit=1").json()["imports"]
    assert [one["id"] for one in listed] == [again["id"]]
    older = switch.get(f"/imports?before={again['id']}").json()["imports"]
    assert [one["id"] for one in older] == [tried["id"], waiting["id"]]


def test_a_repeat_under_its_key_is_one_import_and_leaves_no_file(switch: Caller, settings: Any, at_once: Any) -> None:
    key = {"Idempotency_Key": "night-1"}
    first, second = (at_once(lambda: send(switch, headers=key)) for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"
    assert (ImportJob.objects.count(), files(settings)) == (1, 1)
    other = at_once(lambda: send(switch, CSV + "4,王五,13800138004,\n", headers=key))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert files(settings) == 1


def test_what_a_key_sends_unlike_before_is_held_until_somebody_lets_it_in(switch: Caller, at_once: Any) -> None:
    people = [f"{n},客户{n},138{n:08}" for n in range(40)]
    _, told = (
        at_once(lambda k=kept: send(switch, "\n".join(["编号,姓名,手机号", *people[:k]]), begin="run"))
        for kept in (40, 25)
    )
    assert told.status_code == 202
    held = switch.get(f"/imports/{told.json()['import']['id']}").json()["import"]
    assert (held["state"], [one["code"] for one in held["gates"]]) == ("held", ["few_rows"])
    at_once(lambda: switch.post(f"/imports/{held['id']}/let-in"))
    done = switch.get(f"/imports/{held['id']}").json()["import"]
    assert (done["state"], done["counts"]["same"]) == ("done", 25)
    assert done["let_in_by"].startswith("key:")


def test_it_is_held_stopped_and_taken_back(switch: Caller, at_once: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = json.dumps({"编号": "key", "姓名": "name"})
    sent = send(switch, begin="run", mapping=mapping)  # no worker comes by
    at = f"/imports/{sent.json()['import']['id']}"
    assert sent.json()["import"]["mapping"] == {"编号": "key", "姓名": "name"}
    assert switch.post(f"{at}/pause").json()["import"]["state"] == "paused"
    moved = switch.post(f"{at}/let-in")
    assert (moved.status_code, moved.json()["code"], moved.json()["state"]) == (409, "import_moved_on", "paused")
    assert switch.post(f"{at}/undo").json()["code"] == "import_runs"
    at_once(lambda: switch.post(f"{at}/resume"))
    assert SourceRecord.objects.count() == 3
    assert switch.post(f"{at}/undo").status_code == 202  # no worker comes by
    assert switch.post(f"{at}/undo").json()["code"] == "import_moved_on"
    with monkeypatch.context() as worker:
        worker.setattr(tasks.undo_import, "apply_async", lambda told, **_: tasks.undo_import(*told))
        tasks.go_on()  # what nobody did is sent anew
    back = switch.get(at).json()["import"]
    assert (back["state"], back["taken_back"]["records"]) == ("undone", 3)
    assert switch.post(f"{at}/undo").json()["code"] == "import_undone"
    stopped = send(switch, CSV + "9,周九,13800138009,\n").json()["import"]
    at_once(lambda: switch.post(f"/imports/{stopped['id']}/cancel"))
    assert switch.get(f"/imports/{stopped['id']}").json()["import"]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("told", "status", "code", "word"),
    [
        ({"name": "people.doc"}, 422, "invalid_field", "Only CSV"),
        ({"source": "C R M"}, 422, "invalid_field", "A source is named"),
        ({"text": "x,y\n1,2\n", "begin": "run"}, 422, "invalid_field", "No column is understood"),
        ({"mapping": "{"}, 422, "invalid_field", "not JSON"),
        ({"mapping": "[1]"}, 422, "invalid_field", "of the form"),
        ({"mapping": '{"nosuch": "name"}', "begin": "run"}, 422, "invalid_field", "no column nosuch"),
        ({"begin": "perhaps"}, 422, "invalid_field", "perhaps"),
        ({"surprise": "1"}, 422, "unknown_field", "surprise"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_kept(
    switch: Caller, settings: Any, told: dict[str, str], status: int, code: str, word: str
) -> None:
    refused = send(switch, **told)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    assert word in refused.content.decode()
    assert (ImportJob.objects.count(), files(settings)) == (0, 0)


def test_what_is_no_form_or_too_large_is_refused(
    switch: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert switch.post("/imports", {"source": "crm"}).json()["code"] == "unsupported_type"
    torn = switch.ask("POST", "/imports", b"no form", content_type="multipart/form-data")
    assert torn.json()["code"] == "malformed"
    empty = encode_multipart(BOUNDARY, {"source": "crm"})
    assert switch.ask("POST", "/imports", empty, content_type=MULTIPART_CONTENT).json()["code"] == "invalid_field"
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    large = send(switch)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert not ImportJob.objects.exists()


def test_quality_is_told_by_source_dimension_field_and_day(switch: Caller, at_once: Any) -> None:
    at_once(lambda: send(switch, begin="run"))
    measure(now=db_now())
    told = switch.get("/quality?source=crm&days=1").json()
    assert {one["dimension"] for one in told["scores"]} >= {"completeness", "validity", "score"}
    assert all(one["definition_en"] and one["definition_zh"] for one in told["dimensions"])
    (phone,) = [one for one in told["fields"] if one["field"] == "phone"]
    assert (phone["source"], phone["kept"]) == ("crm", 1.0)
    assert switch.get("/quality?source=shop").json()["scores"] == []
    assert switch.get("/quality?days=0").status_code == 422
    rules = {one["code"]: one for one in switch.get("/quality/rules").json()["rules"]}
    assert rules["name_no_digits"]["checked"] == 2
    assert rules["name_no_digits"]["formula"].startswith("count(")


def test_facts_of_people_come_by_the_same_door_and_say_who_was_not_found(switch: Caller, at_once: Any) -> None:
    assert at_once(lambda: send(switch, "编号,姓名,手机号\n1,陈美,13800138001\n", begin="run")).status_code == 202
    text = "流水号,手机号,交易时间,交易类型,金额\nT1,13800138001,2026-11-01,充值,50\n"
    text += "T2,13000000000,2026-11-01,充值,9\nT3,1,x,充值,9\n"
    sent = at_once(lambda: send(switch, text, begin="run", source="billing"))
    told = switch.get(f"/imports/{sent.json()['import']['id']}").json()["import"]
    assert (told["kind"], told["state"]) == ("transactions", "done")
    assert {name: count for name, count in told["counts"].items() if count} == {
        "read": 3, "stored": 1, "refused": 1, "unplaced": 1,
    }  # fmt: skip
    rows = {
        which: b"".join(switch.get(f"/imports/{told['id']}/errors.csv?rows={which}").streaming_content).decode()
        for which in ("refused", "unplaced")
    }
    assert ("T3" in rows["refused"], "T2" in rows["refused"]) == (True, False)
    assert ("T3" in rows["unplaced"], "T2" in rows["unplaced"]) == (False, True)
    at_once(lambda: switch.post(f"/imports/{told['id']}/undo"))
    assert switch.get(f"/imports/{told['id']}").json()["import"]["state"] == "undone"
    wrong = send(switch, text, kind="letters")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_field")
