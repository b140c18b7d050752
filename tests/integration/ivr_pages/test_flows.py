"""Ada writes new menus, Ben agrees, callers hear them: nothing typed is lost, nobody agrees with themselves."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from callcenter.foundation.models import AuditEntry
from ivr.flows import operations
from ivr.flows.definition import canonical
from ivr.flows.queries import published, shipped
from ivr.models import DraftReview, FlowVersion
from tests.integration.floor.story import person
from tests.integration.ivr.story import NINE

pytestmark = pytest.mark.django_db
AT = "/floor/ivr/flows/operator/2/"


@pytest.fixture(autouse=True)
def _menus() -> None:
    operations.publish_shipped(now=NINE - timedelta(days=30))


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


@pytest.fixture
def ben() -> Client:
    client = Client()
    client.force_login(person("ben", "supervisor"))
    return client


def begin(client: Client) -> None:
    assert client.post("/floor/ivr/flows/", {"flow": "operator"})["Location"] == AT


def fields(client: Client, node: str) -> dict[str, str]:
    """What the browser would send of a node's form as it stands."""
    html = client.get(f"{AT}?node={node}").content.decode()
    form = html[html.index('id="node"') : html.index("</form>", html.index('id="node"'))]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return found


def send(client: Client, act: str = "save", **typed: str) -> HttpResponse:
    return client.post(AT, fields(client, typed["node"]) | typed | {"act": act})  # type: ignore[return-value]


def definition(number: int = 2) -> dict[str, object]:
    return dict(FlowVersion.objects.get(flow__key="operator", number=number).definition)


def test_a_form_sent_as_it_stands_changes_nothing(ada: Client) -> None:
    begin(ada)
    for node in ("main", "complaints", "card_number", "queue_sales", "goodbye"):
        assert send(ada, node=node).status_code == 302
    assert canonical(definition()) == canonical(shipped())
    assert DraftReview.objects.get().edition == 1


def test_from_draft_to_callers_takes_two_people(ada: Client, ben: Client) -> None:
    begin(ada)
    send(ada, "up:3", node="main")  # plans before data
    send(ada, node="main", **{"prompt-en": "Main menu, shorter.", "seconds-en": "1.1"})
    assert ada.post(f"{AT}offer/", {"note": "Plans are asked for more often"}).status_code == 302

    mine = ada.post(f"{AT}approve/")
    assert mine.status_code == 403 and "somebody else" in mine.content.decode()
    assert ben.post(f"{AT}approve/").status_code == 302
    assert ben.post(f"{AT}publish/").status_code == 302

    heard = published(key="operator")
    assert heard.number == 2
    order = [(c["position"], c["target"]) for c in heard.definition.nodes["main"]["choices"]]
    assert sorted(order)[1:3] == [(2, "plans"), (3, "data")]
    assert heard.definition.nodes["main"]["prompt"]["en"] == {"text": "Main menu, shorter.", "seconds": 1.1}
    acts = AuditEntry.objects.filter(action__startswith="ivr.draft_").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["ivr.draft_offered", "ivr.draft_approved", "ivr.draft_published"]
    assert ada.post(AT, fields(ada, "main") | {"node": "main", "act": "add_choice"}).status_code == 409


def test_a_fault_keeps_the_draft_from_being_offered_and_is_named_at_its_node(ada: Client) -> None:
    begin(ada)
    send(ada, "add_node", node="main", new_node="ringtones", new_kind="menu")
    html = ada.get(f"{AT}?node=ringtones").content.decode()

    assert "No way leads to this node from the root." in html
    assert ada.post(f"{AT}offer/").status_code == 422
    ada.cookies["django_language"] = "zh-hans"
    assert "从根节点无法到达该节点。" in ada.get(AT).content.decode()


def test_what_cannot_be_read_stays_in_its_field_and_nothing_is_saved(ada: Client) -> None:
    begin(ada)
    answer = send(ada, node="main", **{"seconds-en": "a while", "label-en": "Start"})
    html = answer.content.decode()

    assert answer.status_code == 422
    assert 'value="a while" inputmode="decimal" aria-invalid="true"' in html
    assert 'value="Start"' in html
    assert canonical(definition()) == canonical(shipped())


@pytest.mark.parametrize("odd", ["²", "9" * 5_000])
def test_no_number_of_a_form_breaks_the_page(ada: Client, odd: str) -> None:
    begin(ada)
    assert send(ada, node="main", edition=odd).status_code == 409
    assert send(ada, node="main", rows=odd).status_code < 500
    assert send(ada, f"up:{odd}", node="main").status_code < 500


def test_the_second_writer_is_told_of_the_first(ada: Client, ben: Client) -> None:
    begin(ada)
    stale = fields(ben, "main")
    send(ada, node="main", **{"label-en": "Beginning"})
    answer = ben.post(AT, stale | {"label-en": "Start", "act": "save"})

    assert answer.status_code == 409
    assert 'value="Start"' in answer.content.decode()
    assert "Beginning" in json.dumps(definition())


def test_export_and_import_give_the_same_bytes_and_a_faulty_file_changes_nothing(ada: Client) -> None:
    file = ada.get("/floor/ivr/flows/operator/1.json").content
    again = ada.post("/floor/ivr/flows/", {"import": "1", "file": SimpleUploadedFile("menus.json", file)})
    assert again["Location"] == AT
    assert ada.get("/floor/ivr/flows/operator/2.json").content == file

    broken = file.replace(b'"root": "language"', b'"root": "nowhere"')
    for content, said in ((broken, "nowhere"), (b"\xff\xfe", "not JSON"), (b"[]", "no definition")):
        answer = ada.post("/floor/ivr/flows/", {"import": "1", "file": SimpleUploadedFile("menus.json", content)})
        assert answer.status_code == 422 and said in answer.content.decode()
    assert FlowVersion.objects.count() == 2


def test_a_draft_begun_before_another_was_published_is_not_published_over_it(ada: Client, ben: Client) -> None:
    begin(ada)
    send(ada, node="main", **{"label-en": "Beginning"})
    changed = shipped() | {"no_person": True}
    operations.publish(key="operator", names=("O", "运"), entries=["10011"], definition=changed, now=NINE)
    ada.post(f"{AT}offer/")
    ben.post(f"{AT}approve/")
    answer = ben.post(f"{AT}publish/")

    assert answer.status_code == 409 and "Export the draft" in answer.content.decode()
    assert published(key="operator").number == 3


def test_analysts_write_but_do_not_decide_and_agents_see_nothing(ada: Client) -> None:
    begin(ada)
    ada.post(f"{AT}offer/")
    ana, lin = Client(), Client()
    ana.force_login(person("ana", "analyst"))
    lin.force_login(person("lin", "agent"))

    assert ana.get(AT).status_code == 200
    assert ana.post(f"{AT}approve/").status_code >= 400
    assert DraftReview.objects.get().state == "offered"
    assert lin.get("/floor/ivr/flows/").status_code == 403
