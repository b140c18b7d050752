"""Ada sends tables of skills, queues and agents, corrects what was refused, and fetches what stands."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from callcenter.foundation.models import AuditEntry, Event
from routing import skills
from routing.models import Agent, AgentSkill, Domain, Queue, Skill, Team
from tests.integration.floor.story import person

pytestmark = pytest.mark.django_db
SKILLS = "key,name_en,name_zh\nbilling,Billing,账务\nlang-en,English,英语\n"
QUEUES = "key,name_en,name_zh,required,ring_s\nbilling,Billing,账务,billing:2,25\n"
AGENTS = "工号,姓名,班组,技能,队列\n1017,林静,day,billing:3 lang-en:4,billing\n1018,奥马,,billing:9,billing\n1019,梅,,,none\n"


@pytest.fixture
def ada(client: Client) -> Client:
    domain = Domain.objects.create(key="main", name="Main")
    Team.objects.create(domain=domain, key="day", name_en="Day", name_zh="白班")
    client.force_login(person("ada", "supervisor"))
    return client


def send(ada: Client, kind: str, body: str | bytes, *, name: str = "table.csv", **more: str) -> str:
    sent = SimpleUploadedFile(name, body.encode() if isinstance(body, str) else body)
    answer = ada.post("/floor/roster/", {"kind": kind, "file": sent, **more})
    return re.sub(r"\s+", " ", answer.content.decode())


def counts(page: str) -> list[int]:
    """Rows read, new, changed, the same, refused."""
    return [int(found) for found in re.findall(r"<dd>(\d+)</dd>", page)]


def test_three_tables_and_the_rows_to_correct(ada: Client) -> None:
    assert counts(send(ada, "skills", SKILLS)) == [2, 2, 0, 0, 0]
    assert counts(send(ada, "queues", QUEUES)) == [1, 1, 0, 0, 0]
    page = send(ada, "agents", AGENTS.encode("gb18030"))
    assert counts(page) == [3, 1, 0, 0, 2]
    lin = Agent.objects.select_related("team").get(key="1017")
    assert lin.team is not None
    assert (lin.name_zh, lin.team.key, skills.of_agent(agent_id=lin.pk)) == (
        "林静", "day", {"billing": 3, "lang-en": 4},
    )  # fmt: skip
    assert list(Queue.objects.filter(members=lin).values_list("key", flat=True)) == ["billing"]
    assert "levels 1 to 5" in page and "“none” is not known" in page
    [url] = re.findall(r'href="(/floor/roster/refused/[^"]+)"', page)
    refused = ada.get(url).content.decode("utf-8-sig")
    assert counts(send(ada, "agents", refused.replace("billing:9", "billing:4").replace("none", "billing"))) == [
        2,
        2,
        0,
        0,
        0,
    ]
    assert counts(send(ada, "agents", AGENTS.replace("billing:9", "billing:4").replace("none", "billing"))) == [
        3,
        0,
        0,
        3,
        0,
    ]
    assert Event.objects.filter(type="agent.skills_changed").count() == 2
    assert AuditEntry.objects.filter(action="agents.imported").count() == 3


def test_a_dry_run_says_what_would_be_and_writes_nothing(ada: Client) -> None:
    page = send(ada, "skills", SKILLS, dry_run="on")
    assert counts(page) == [2, 2, 0, 0, 0] and "nothing written" in page
    assert not Skill.objects.exists()
    assert not AuditEntry.objects.filter(action="skills.imported").exists()


def test_what_stands_comes_out_as_it_can_go_in(ada: Client) -> None:
    send(ada, "skills", SKILLS)
    send(ada, "queues", QUEUES)
    send(ada, "agents", AGENTS)
    begun = timezone.localdate() - timedelta(days=30)
    AgentSkill.objects.filter(skill__key="billing").update(valid_from=begun)
    for kind in ("skills", "queues", "agents", "agent-skills"):
        table = ada.get(f"/floor/roster/{kind}.csv").content
        page = send(ada, kind, table)
        read, new, changed, same, refused = counts(page)
        assert (new, changed, refused) == (0, 0, 0) and read == same > 0, kind


def test_a_skill_comes_with_its_first_and_its_last_day(ada: Client) -> None:
    send(ada, "skills", SKILLS)
    send(ada, "agents", "key\n1017\n1018\n")
    today = timezone.localdate()
    soon, later, past = (f"{today + timedelta(days=days)}" for days in (7, 30, -1))
    table = (
        f"工号,技能,等级,生效日期,失效日期\n1017,billing,3,{soon},{later}\n1018,billing,2,,{later}\n"
        f"1018,lang-en,4,{later},{soon}\n1018,lang-en,4,{past},\n1018,none,4,,\n1018,lang-en,,,\n1020,lang-en,4,,\n"
    )
    page = send(ada, "agent-skills", table)
    assert counts(page) == [7, 2, 0, 0, 5]
    for says in (
        "lapse before it begins",
        "first day is past",
        "no skill “none”",
        "needs a skill and a level",
        "“1020” is not",
    ):
        assert says in page
    lin, omar = Agent.objects.get(key="1017").pk, Agent.objects.get(key="1018").pk
    assert [skills.of_agent(agent_id=lin, day=today + timedelta(days=days)) for days in (0, 7, 30)] == [
        {}, {"billing": 3}, {},
    ]  # fmt: skip
    assert skills.of_agent(agent_id=omar) == {"billing": 2}
    assert counts(send(ada, "agent-skills", table))[1:4] == [0, 0, 2]
    assert counts(send(ada, "agent-skills", "key,skill,level\n1018,billing,0\n")) == [1, 0, 1, 0, 0]
    assert skills.of_agent(agent_id=omar) == {}


def test_a_workbook_will_do(ada: Client) -> None:
    book = Workbook()
    for line in SKILLS.splitlines():
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    assert counts(send(ada, "skills", out.getvalue(), name="技能.xlsx")) == [2, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("kind", "body", "name", "says"),
    [
        ("agents", "number,salary\n1,2\n", "a.csv", "number"),
        ("shoes", SKILLS, "a.csv", "Choose which table"),
        ("skills", "", "a.csv", "names no columns"),
        ("skills", "x", "a.doc", "Only CSV"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_whole(ada: Client, kind: str, body: str, name: str, says: str) -> None:
    if body == "":
        body = "\n"
    assert says in send(ada, kind, body, name=name)


def test_one_account_is_never_two_agents(ada: Client) -> None:
    person("lin", "agent")
    page = send(ada, "agents", "key,user\n1017,lin\n1018,lin\n1019,nobody\n")
    assert counts(page) == [3, 1, 0, 0, 2]
    assert "there is no account “nobody”" in page


def test_the_page_is_for_leads(ada: Client) -> None:
    other = Client()
    other.force_login(person("wei", "analyst"))
    assert other.get("/floor/roster/").status_code == 403
    assert other.get("/floor/roster/agents.csv").status_code == 403


def test_the_command_writes_the_refused_rows(ada: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, errors = tmp_path / "agents.csv", tmp_path / "errors.csv"
    table.write_text("key,name_en\n1017,Lin\nbad key,Omar\n", encoding="utf-8")
    call_command("import_roster", "agents", str(table), errors=errors)
    assert "2 rows read: 1 new, 0 changed, 0 the same, 1 refused." in capsys.readouterr().out
    assert "bad key" in errors.read_text(encoding="utf-8-sig")
    with pytest.raises(CommandError, match="domain"):
        call_command("import_roster", "agents", str(table), domain="none")
    assert Queue.objects.count() == 0
