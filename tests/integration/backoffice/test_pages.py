"""Ada reviews pairs and undoes a merge; the analyst sends a file; Lin sees whom she serves; nothing is in clear."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from callcenter.accounts import denials
from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import uuid7
from callcenter.foundation.models import AuditEntry
from customers import tasks
from customers.identity import merging
from customers.imports.records import take
from customers.insight import points
from customers.insight.facts import Transaction
from customers.models import (
    Consent,
    Customer,
    FieldPin,
    FraudCase,
    GroupProposal,
    Identifier,
    ImportJob,
    PointsEntry,
    Proposal,
    QualityAlert,
    Relationship,
    SourceRecord,
    Tag,
    TagAssignment,
)
from customers.quality.measuring import measure
from customers.rights import operations as rights

pytestmark = pytest.mark.django_db


def client_of(role: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    user = User.objects.create(username=role, role=role)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def pair() -> Proposal:
    """Mrs Chen, twice, with one number."""
    now = db_now()
    one, other = (
        Customer.objects.create(name=name, region="广州", created_at=now - timedelta(days=days))
        for name, days in (("陈美丽", 90), ("陈女士", 30))
    )
    for customer in (one, other):
        Identifier.objects.create(customer=customer, kind="phone", value="+8613800138000")
    a, b = sorted((one, other), key=lambda customer: customer.pk)
    evidence = [{"field": "phone", "agreement": "same", "bits": 13.5}]
    return Proposal.objects.create(a=a, b=b, bits=-1.5, evidence=evidence, why="band", at=now)


def test_the_queue_shows_both_masked_with_the_evidence(pair: Proposal) -> None:
    page = client_of("supervisor").get("/customers/review/").content.decode()
    assert "陈**" in page
    assert "138****8000" in page
    assert "13800138000" not in page
    assert "陈美丽" not in page
    assert "Telephone: the same" in page
    assert page.count("at both") == 2
    chinese = client_of("admin", "zh-hans").get("/customers/review/").content.decode()
    assert "合并复核" in chinese
    assert "手机号码：相同" in chinese


def test_what_a_merge_would_make_is_shown_before_anybody_decides(pair: Proposal) -> None:
    Consent.objects.create(customer=pair.a, purpose="marketing", channel="sms", state="granted", at=db_now())
    Consent.objects.create(customer=pair.b, purpose="marketing", channel="sms", state="refused", at=db_now())
    ada, address = client_of("supervisor"), f"/customers/review/{pair.pk}/effect/"
    assert address in ada.get("/customers/review/").content.decode()
    page = ada.get(address).content.decode()
    for told in ("it is the older one", "Marketing · Text message", "changes", "138****8000", f'id="effect-{pair.pk}"'):
        assert told in page, told
    assert "陈美丽" not in page and "13800138000" not in page
    assert "授权：从严为准" in client_of("admin", "zh-hans").get(address).content.decode()
    assert Customer.objects.filter(status="merged").count() == 0
    ada.post(f"/customers/review/{pair.pk}/", {"verdict": "not_same", "reason": "sisters"})
    assert "Lift that first" in ada.get(address).content.decode()
    assert ada.get("/customers/review/999999/effect/").status_code == 404
    assert client_of("agent").get(address).status_code == 403


def test_a_record_of_somebody_else_is_taken_out_on_the_page() -> None:
    for source, name in (("crm", "陈美丽"), ("shop", "李四")):
        take(source=source, records=[{"key": "1", "name": name, "wechat": "chen"}], actor="user:1", now=db_now())
    chen, wrong = Customer.objects.get(), SourceRecord.objects.get(source="shop")
    ada, address = client_of("supervisor"), f"/customers/{chen.pk}/records/{wrong.pk}/take-out/"
    assert address in ada.get(f"/customers/{chen.pk}/").content.decode()
    empty = ada.post(address, {"reason": " "})
    assert (empty.status_code, "why this record is taken out" in empty.content.decode()) == (422, True)
    done = ada.post(address, {"reason": "her neighbour"})
    wrong.refresh_from_db()
    assert done.headers["Location"] == f"/customers/{wrong.customer_id}/" != f"/customers/{chen.pk}/"
    assert "The record is out" in ada.get(done.headers["Location"]).content.decode()
    assert ada.post(address, {"reason": "again"}).status_code == 404  # it is nobody's of this page any more
    assert client_of("agent").post(address, {"reason": "x"}).status_code == 403


def test_one_person_merges_and_taking_apart_brings_both_back(pair: Proposal) -> None:
    ada = client_of("supervisor")
    assert "No pair waits" in ada.get("/customers/review/?why=renumbered").content.decode()
    said = ada.post(f"/customers/review/{pair.pk}/", {"verdict": "same", "reason": "asked her", "why": "band"})
    assert said.headers["Location"] == "/customers/review/?why=band"
    gone = Customer.objects.get(status="merged")
    assert gone.name == "陈女士"
    assert ada.get(f"/customers/{gone.pk}/").headers["Location"] == f"/customers/{gone.merged_into_id}/"
    whole = f"/customers/{gone.merged_into_id}/"
    page = ada.get(whole).content.decode()
    assert "Merged into this customer" in page
    assert "Telephone: the same" in page  # the evidence of the queue stands with the decision
    page = ada.get("/customers/review/").content.decode()
    assert "asked her" in page
    assert "No pair waits" in page
    empty = ada.post(f"/customers/unmerge/{gone.pk}/", {"reason": " "})
    assert (empty.status_code, "Say in at most 200 characters" in empty.content.decode()) == (422, True)
    empty = ada.post(f"/customers/unmerge/{gone.pk}/", {"reason": "", "here": "1"})
    assert (empty.status_code, "Merged into this customer" in empty.content.decode()) == (422, True)
    apart = ada.post(f"/customers/unmerge/{gone.pk}/", {"reason": "sisters", "here": "1"})
    assert apart.headers["Location"] == f"/customers/{gone.pk}/"
    assert merging.resolve(customer_id=gone.pk) == gone.pk
    assert "sisters" in ada.get("/customers/review/").content.decode()  # kept apart, until somebody lifts it
    lifted = f"/customers/review/apart/{min(pair.a_id, pair.b_id)}/{max(pair.a_id, pair.b_id)}/"
    assert [ada.post(lifted).status_code, ada.post(lifted).status_code] == [302, 409]
    assert "Kept apart" not in ada.get("/customers/review/").content.decode()


def test_the_second_reviewer_is_told_and_nothing_is_done_twice(pair: Proposal) -> None:
    ada = client_of("supervisor")
    ada.post(f"/customers/review/{pair.pk}/", {"verdict": "same"})
    late = ada.post(f"/customers/review/{pair.pk}/", {"verdict": "same"})
    assert late.status_code == 409
    assert "meanwhile" in late.content.decode()
    assert ada.post("/customers/review/999999/", {"verdict": "same"}).status_code == 404


@pytest.mark.parametrize(("verdict", "state"), [("not_same", "not_same"), ("later", "later")])
def test_other_verdicts_leave_both_as_they_are(pair: Proposal, verdict: str, state: str) -> None:
    client_of("supervisor").post(f"/customers/review/{pair.pk}/", {"verdict": verdict})
    pair.refresh_from_db()
    assert (pair.state, Customer.objects.filter(status="merged").count()) == (state, 0)


def test_the_second_word_on_a_pair_hears_who_was_first_whatever_it_is(pair: Proposal) -> None:
    ada, root = client_of("supervisor"), client_of("admin")
    ada.post(f"/customers/review/{pair.pk}/", {"verdict": "not_same", "reason": "asked both"})
    late = root.post(f"/customers/review/{pair.pk}/", {"verdict": "same"})
    assert (late.status_code, "supervisor" in late.content.decode()) == (409, True)
    assert "Not the same" in late.content.decode()
    assert Customer.objects.filter(status="merged").count() == 0
    assert root.post(f"/customers/review/{pair.pk}/", {"verdict": "perhaps"}).status_code == 409


def test_points_are_given_spent_and_taken_back_on_the_page(pair: Proposal) -> None:
    ada, page = client_of("supervisor"), f"/customers/{pair.a_id}/"
    told = {"kind": "earn", "points": "1,200", "ref": "o-1", "reason": "festival"}
    done = ada.post(f"{page}points/", told)
    assert done["Location"] == f"{page}#points-name"
    assert "There are 1200 points now" in ada.get(page).content.decode()
    short = ada.post(f"{page}points/", {**told, "kind": "redeem", "points": "1300", "ref": "o-7"})
    assert (short.status_code, "There are 1200 points, 1300 are asked for" in short.content.decode()) == (409, True)
    assert 'value="o-7"' in short.content.decode()  # what was written stands there still
    ada.post(f"{page}points/", {**told, "kind": "redeem", "points": "200", "ref": "o-7"})
    ada.post(f"{page}points/", {**told, "kind": "less", "points": "100"})
    spent = PointsEntry.objects.get(kind="redeem")
    ada.post(f"{page}points/", {"kind": "reverse", "entry": spent.pk, "reason": "sent back"})
    assert points.balance(customer_id=pair.a_id) == 1_100
    for bad in ({"points": "many"}, {"kind": "steal"}, {"reason": " "}):
        assert ada.post(f"{page}points/", {**told, "ref": "o-9", **bad}).status_code == 422
    assert client_of("agent").post(f"{page}points/", told).status_code == 403
    assert AuditEntry.objects.filter(action="points.redeem", subject=f"customer:{pair.a_id}").count() == 1


def test_a_customer_is_found_in_any_spelling_and_of_several_a_person_chooses(pair: Proposal) -> None:
    ada, now = client_of("supervisor"), db_now()
    several = ada.post("/customers/find/", {"value": "+86 138-0013-8000"}).content.decode()
    assert "2 customers are reached by this" in several
    assert "陈美丽" not in several
    own = {"email": "Chen@Example.com", "member": "m 84", "qq": "10001", "wechat": "chen-mei", "broadband": "gz700"}
    for kind, value in {"email": "chen@example.com", "member": "M84", "qq": "10001", "wechat": "chen-mei",
                        "broadband": "GZ700"}.items():  # fmt: skip
        Identifier.objects.create(customer_id=pair.a_id, kind=kind, value=value)
    Identifier.objects.create(customer_id=pair.a_id, kind="openid", scope="wxapp", value="oABC")
    page = f"/customers/{pair.a_id}/"
    for kind, value in own.items():
        assert ada.post("/customers/find/", {"kind": kind, "value": value}).headers["Location"] == page, kind
    assert ada.post("/customers/find/", {"value": "Chen@Example.com"}).headers["Location"] == page
    assert ada.post("/customers/find/", {"value": str(pair.a_id)}).headers["Location"] == page
    assert ada.post("/customers/find/", {"kind": "openid", "value": "oABC"}).status_code == 422
    openid = {"kind": "openid", "value": "oABC", "scope": "wxapp"}
    assert ada.post("/customers/find/", openid).headers["Location"] == page
    assert "leads to nobody" in ada.post("/customers/find/", {**openid, "scope": "other"}).content.decode()
    assert ada.post("/customers/find/", {"value": " "}).status_code == 422
    assert client_of("agent").get("/customers/find/").status_code == 403
    told = AuditEntry.objects.filter(action="customer.looked_up")
    assert not any("chen" in str(one.data).lower() for one in told)  # the trail holds no value
    rights.restrict(customer_id=pair.a_id, ground="accuracy", reference="letter", actor="user:1", now=now)
    hidden = ada.post("/customers/find/", {"value": str(pair.a_id)})
    assert (hidden.status_code, "leads to nobody" in hidden.content.decode()) == (200, True)


def test_nobody_walks_through_the_numbers(pair: Proposal) -> None:
    ada = client_of("supervisor")
    seen = [ada.post("/customers/find/", {"value": f"1390013{number:04}"}).status_code for number in range(31)]
    assert (set(seen[:30]), seen[30]) == ({200}, 429)


def test_whoever_is_restricted_is_not_changed_by_an_address_somebody_knows(pair: Proposal) -> None:
    Tag.objects.create(key="reader", name_en="Reader", name_zh="阅读", layer="hobby")
    rights.restrict(customer_id=pair.a_id, ground="accuracy", reference="letter", actor="user:1", now=db_now())
    ada, page = client_of("supervisor"), f"/customers/{pair.a_id}/"
    ada.post(f"{page}tags/", {"key": "reader", "why": "x"})
    ada.post(f"{page}pins/", {"field": "name", "value": "陈", "days": "30", "reason": "x"})
    ada.post(f"{page}relations/", {"role": "is:payer", "other": str(pair.b_id)})
    ada.post(f"{page}points/", {"kind": "earn", "points": "5", "ref": "x", "reason": "x"})
    ada.post(f"{page}reveal/", {"field": "name", "purpose": "x"})
    assert ada.get(page).status_code == 404
    assert (TagAssignment.objects.count(), Relationship.objects.count(), PointsEntry.objects.count()) == (0, 0, 0)
    assert FieldPin.objects.count() == 0


def test_an_agent_sees_only_whom_they_serve_and_nobody_sees_a_value(pair: Proposal) -> None:
    denials._noted.clear()
    lin, old = client_of("agent"), Customer.objects.create(status="merged", merged_into=pair.a, created_at=pair.at)
    for customer in (pair.a, old):  # a redirect would tell whom the old id leads to
        assert lin.get(f"/customers/{customer.pk}/").status_code == 404
    assert AuditEntry.objects.filter(action="access.denied", subject="place:backoffice:customer").count() == 1
    ada = client_of("supervisor")
    page = ada.get(f"/customers/{pair.a_id}/").content.decode()
    assert "138****8000" in page
    assert "13800138000" not in page
    assert ada.get(f"/customers/{uuid7()}/").status_code == 404


def test_a_file_is_taken_worked_through_and_its_errors_come_back(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(tasks.import_file, "delay", tasks.import_file)
    analyst = client_of("analyst")
    sent = SimpleUploadedFile("../客户.csv", "编号,姓名,手机号\n1,陈美,13800138000\n2,张三,12\n".encode())
    assert analyst.post("/customers/imports/", {"file": sent, "source": "crm"}).status_code == 302
    job = ImportJob.objects.get()
    page = analyst.get(f"/customers/imports/{job.pk}/").content.decode()
    assert "陈美" in page
    assert '<option value="phone" selected>' in page
    meant = {"column": ["编号", "姓名", "手机号"], "field": ["key", "", ""]}
    assert analyst.post(f"/customers/imports/{job.pk}/start/", meant).status_code == 422  # nobody to be known by
    meant["field"] = ["key", "name", "phone"]
    analyst.post(f"/customers/imports/{job.pk}/start/", {**meant, "act": "try"})
    assert (Customer.objects.count(), ImportJob.objects.get(dry_run=True).refused) == (0, 1)
    assert "The last try" in analyst.get(f"/customers/imports/{job.pk}/").content.decode()
    assert analyst.post(f"/customers/imports/{job.pk}/start/", {**meant, "act": "import"}).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.stored, job.refused) == ("done", 1, 1)
    assert list((tmp_path / "imports").iterdir()) == []  # worked through and gone
    assert "客户.csv" in analyst.get("/customers/imports/").content.decode()
    errors = b"".join(analyst.get(f"/customers/imports/{job.pk}/errors.csv").streaming_content)  # type: ignore[attr-defined]
    assert "2,张三,12" in errors.decode()
    monkeypatch.setattr(tasks.undo_import, "delay", tasks.undo_import)
    assert analyst.post(f"/customers/imports/{job.pk}/act/", {"act": "undo"}).status_code == 302
    assert "1 records went" in analyst.get(f"/customers/imports/{job.pk}/").content.decode()
    assert analyst.post(f"/customers/imports/{job.pk}/act/", {"act": "pause"}).status_code == 409
    assert Customer.objects.count() == 0


def test_facts_of_people_go_the_same_way(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(tasks.import_file, "delay", tasks.import_file)
    analyst = client_of("analyst")
    sent = SimpleUploadedFile("用量.csv", "谁,账期,分钟\n13000000000,2026-09,3\n".encode())
    analyst.post("/customers/imports/", {"file": sent, "source": "billing", "kind": "usage"})
    job = ImportJob.objects.get()
    page = f"/customers/imports/{job.pk}/"
    assert '<option value="usage" selected>' in analyst.get(page).content.decode()
    meant = {"column": ["谁", "账期", "分钟"], "field": ["", "month", "voice_minutes"]}
    refused = analyst.post(f"{page}start/", {**meant, "act": "import"})
    assert (refused.status_code, "whom the rows speak of" in refused.content.decode()) == (422, True)
    analyst.post(f"{page}start/", {"act": "kind", "kind": "people"})
    assert '<option value="wechat"' in analyst.get(page).content.decode()
    analyst.post(f"{page}start/", {"act": "kind", "kind": "usage"})
    meant["field"][0] = "phone"
    analyst.post(f"{page}start/", {**meant, "act": "import"})
    assert "Of nobody we know" in analyst.get(page).content.decode()
    rows = b"".join(analyst.get(f"{page}errors.csv?rows=unplaced").streaming_content)  # type: ignore[attr-defined]
    assert "13000000000,2026-09,3" in rows.decode()


def test_a_file_that_cannot_be_used_is_refused_on_the_page(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    analyst = client_of("analyst")
    sent = SimpleUploadedFile("a.docx", b"x,y\n1,2\n")
    answer = analyst.post("/customers/imports/", {"file": sent, "source": "crm"})
    assert (answer.status_code, "Only CSV" in answer.content.decode()) == (422, True)
    assert list((tmp_path / "imports").iterdir()) == []
    assert analyst.post("/customers/imports/", {"source": "C R M"}).status_code == 422
    assert client_of("supervisor").get("/customers/imports/").status_code == 403


@pytest.fixture
def mrs_chen() -> Customer:
    """Zhang San pays for her; she lives in a household and has left her employer."""
    now = db_now()
    chen = Customer.objects.create(name="陈美丽", created_at=now)
    Identifier.objects.create(customer=chen, kind="phone", value="+8613800138000")
    zhang = Customer.objects.create(name="张三", created_at=now)
    home = Customer.objects.create(name="陈家", kind="household", created_at=now)
    works = Customer.objects.create(name="广州机械厂", kind="enterprise", created_at=now)
    today = timezone.localdate(now)
    Relationship.objects.create(a=zhang, b=chen, role="payer", valid_from=today)
    Relationship.objects.create(a=chen, b=home, role="member")
    Relationship.objects.create(a=chen, b=works, role="employee", valid_to=today - timedelta(days=1))
    Transaction.objects.create(
        customer=chen, kind="top_up", line="mobile", amount_fen=5000, at=now, source="shop", external_id="1"
    )
    return chen


def test_who_pays_and_who_belongs_where_stands_on_the_page_in_both_languages(mrs_chen: Customer) -> None:
    page = client_of("supervisor").get(f"/customers/{mrs_chen.pk}/").content.decode()
    assert page.index("Paid for by") < page.index("Member of") < page.index("Employee of") < page.index("past")
    assert "Top-up" in page
    chinese = client_of("admin", "zh-hans").get(f"/customers/{mrs_chen.pk}/").content.decode()
    assert "由其付费" in chinese
    assert "充值" in chinese


def test_ada_sees_one_value_in_clear_after_saying_what_for(mrs_chen: Customer) -> None:
    ada = client_of("supervisor")
    phone = mrs_chen.identifiers.get()
    asked = {"field": f"identifier:{phone.pk}", "purpose": "complaint 12"}
    assert "13800138000" not in ada.post(f"/customers/{mrs_chen.pk}/reveal/", asked | {"purpose": " "}).content.decode()
    answer = ada.post(f"/customers/{mrs_chen.pk}/reveal/", asked)
    assert "+8613800138000" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(action="customer.revealed")
    assert (entry.purpose, entry.data) == ("complaint 12", {"field": asked["field"]})
    assert "13800138000" not in ada.get(f"/customers/{mrs_chen.pk}/").content.decode()
    assert client_of("agent").post(f"/customers/{mrs_chen.pk}/reveal/", asked).status_code == 404
    assert client_of("analyst").post(f"/customers/{mrs_chen.pk}/reveal/", asked).status_code == 403
    assert AuditEntry.objects.filter(action="customer.revealed").count() == 1


def test_ada_says_who_pays_and_ends_it_again(pair: Proposal) -> None:
    one, other = pair.a, pair.b
    Identifier.objects.create(customer=other, kind="email", value="chen@example.cn")
    ada, page = client_of("supervisor"), f"/customers/{one.pk}/"
    wrong = ada.post(f"{page}relations/", {"role": "has:payer", "other": "13800138000"})
    assert (wrong.status_code, "or to several" in wrong.content.decode()) == (422, True)
    assert (
        ada.post(
            f"{page}relations/", {"role": "has:payer", "other": "chen@example.cn", "since": "2026-01-01"}
        ).status_code
        == 302
    )
    tie = Relationship.objects.get()
    assert (tie.a_id, tie.b_id, tie.role) == (other.pk, one.pk, "payer")
    assert "Ends today" in ada.get(page).content.decode()
    ada.post(f"{page}relations/", {"end": tie.pk})
    assert "past" in ada.get(page).content.decode()
    assert client_of("agent").post(f"{page}relations/", {"end": tie.pk}).status_code == 403


def test_ada_says_that_two_live_together(pair: Proposal) -> None:
    for customer in (pair.a, pair.b):
        Identifier.objects.create(customer=customer, kind="broadband", value="GZ001")
    call_command("find_groups")
    ada = client_of("supervisor")
    assert "one broadband access" in ada.get("/customers/households/").content.decode()
    found = GroupProposal.objects.get()
    page = f"/customers/households/{found.pk}/"
    assert ada.post(page, {"verdict": "accept", "member": str(pair.a.pk)}).status_code == 422
    both = {"verdict": "accept", "name": "陈家", "kind": "household", "member": [str(pair.a.pk), str(pair.b.pk)]}
    done = ada.post(page, both)
    assert done.headers["Location"] == "/customers/households/?kind=household"  # the list stays as it was asked for
    assert Customer.objects.get(kind="household").name == "陈家"
    assert ada.post(page, {"verdict": "dismiss"}).status_code == 409
    assert client_of("analyst").get("/customers/households/").status_code == 403


def test_ada_pins_a_name_and_lets_it_go(mrs_chen: Customer) -> None:
    ada, page = client_of("supervisor"), f"/customers/{mrs_chen.pk}/"
    told = {"field": "name", "value": "陈小美", "days": "30", "reason": "她本人说的"}
    assert ada.post(f"{page}pins/", {**told, "days": "x"}).status_code == 422
    assert ada.post(f"{page}pins/", told).status_code == 302
    assert "pinned by hand" in ada.get(page).content.decode()
    assert ada.post(f"{page}pins/", {"field": "name", "act": "release"}).status_code == 302
    assert client_of("agent").post(f"{page}pins/", told).status_code == 403


def test_what_was_said_earned_and_suspected_before_stands_on_the_page() -> None:
    now, ada = db_now(), client_of("supervisor", "zh-hans")
    for region, day in (("广州", "2026-01-01"), ("深圳", "2026-02-01")):
        told_us = {"key": "1", "wechat": "chen-mei", "region": region, "observed_at": day}
        take(source="crm", records=[told_us], actor="x", now=now)
    chen = Customer.objects.get()
    page = f"/customers/{chen.pk}/"
    points.earn(customer_id=chen.pk, points=120, ref="a", reason="top_up", actor="insight", now=now)
    FraudCase.objects.create(customer=chen, score=0.6, evidence=[], opened_at=now, reason="在核实")
    told = ada.get(page).content.decode()
    assert "广州 → 深圳" in told
    assert "+120" in told
    assert "在核实" in told
    home = Tag.objects.create(key="home:440106", name_en="Lives in X", name_zh="居住地：X", layer="place")
    assert "居住地" not in told
    refused = ada.post(f"{page}tags/", {"key": home.key, "why": "他说的"}, follow=True).content.decode()
    assert (Tag.objects.count(), TagAssignment.objects.count(), "不能由人工添加" in refused) == (1, 0, True)


def test_the_analyst_opens_each_number_and_the_matrix(mrs_chen: Customer) -> None:
    analyst = client_of("analyst")
    assert "Nothing is measured yet" in analyst.get("/customers/quality/consistency/").content.decode()
    for source, region in (("crm", "广州"), ("shop", "深圳")):
        take(source=source, records=[{"key": "1", "wechat": "chen-mei", "region": region}], actor="x", now=db_now())
    measure(now=db_now())
    assert "1 rule" not in analyst.get("/customers/quality/").content.decode()
    rule = analyst.get("/customers/quality/rules/region_agrees/").content.decode()
    assert "{region} = customer.region" in rule
    assert "0 %" in analyst.get("/customers/quality/consistency/").content.decode()
    told = {"code": "crm", "owner": "Ada", "promised_days": "30", "cadence_days": "7", "trust": "0.9"}
    assert analyst.post("/customers/quality/sources/", {**told, "trust": "much"}).status_code == 422
    assert analyst.post("/customers/quality/sources/", told).status_code == 302
    assert 'value="Ada"' in analyst.get("/customers/quality/").content.decode()
    assert analyst.get("/customers/quality/rules/shoe/").status_code == 404
    wish = {"severity": "warn", "weight": "2", "number_least": "9", "is_on": "on", "version": "1"}
    at = "/customers/quality/rules/address_long_enough/"
    assert "By all rules then" in analyst.post(at, wish | {"act": "show"}).content.decode()
    assert analyst.post(at, wish | {"weight": "much"}).status_code == 422
    assert analyst.post(at, wish | {"act": "publish"}).status_code == 302
    assert "An address of 9 signs or more" in analyst.get(at).content.decode()
    assert analyst.post(at, wish | {"act": "publish"}).status_code == 409


def test_alerts_are_seen_by_supervisors_and_weights_are_set_by_analysts(mrs_chen: Customer) -> None:
    now = db_now()
    SourceRecord.objects.create(
        source="crm", key="1", customer=mrs_chen, row_no=1, content_hash=b"x", fields={"name": "陈美", "phone": ""},
        observed_at=now, received_at=now - timedelta(days=60),
    )  # fmt: skip
    measure(now=now)
    ada = client_of("supervisor")
    floor = ada.get("/floor/").content.decode()
    assert "/customers/quality/alerts/" in floor
    page = ada.get("/customers/quality/alerts/").content.decode()
    assert "It has not delivered as it should" in page
    late = QualityAlert.objects.get(what="delivery")
    assert ada.post(f"/customers/quality/alerts/{late.pk}/", {"note": "x" * 201}).status_code == 422
    assert ada.post(f"/customers/quality/alerts/{late.pk}/", {"note": "asked"}).status_code == 302
    assert 'value="asked"' in ada.get("/customers/quality/alerts/").content.decode()
    assert ada.post("/customers/quality/weights/", {}).status_code == 403
    analyst = client_of("analyst")
    board = analyst.get("/customers/quality/").content.decode()
    assert 'name="weight_validity"' in board
    told = {f"weight_{key}": "0.2" for key in ("completeness", "validity", "uniqueness", "freshness", "consistency")}
    tried = analyst.post("/customers/quality/weights/", {**told, "version": "1", "act": "try"}).content.decode()
    assert "What the scores of last night would come to" in tried
    wrong = analyst.post(
        "/customers/quality/weights/", {**told, "weight_validity": "much", "version": "1", "act": "publish"}
    )
    assert wrong.status_code == 422
    assert analyst.post("/customers/quality/weights/", {**told, "version": "1", "act": "publish"}).status_code == 302
    assert analyst.post("/customers/quality/weights/", {**told, "version": "1", "act": "publish"}).status_code == 409
