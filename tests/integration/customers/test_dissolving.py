"""A merge that linking made is undone when what spoke for it is gone; one that a person made or confirmed is only flagged."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from callcenter import hall
from callcenter.foundation.errors import Conflict
from callcenter.foundation.models import AuditEntry, Event
from callcenter.hall.linking import customers_linked
from customers.identity import merging, queries, sampling
from customers.identity.linking import batch
from customers.imports.records import take
from customers.models import Customer, Decision, Identifier, MergeAudit, QualityAlert
from customers.quality import alerting
from routing.models import Call, Domain
from tests.integration.backoffice.test_pages import client_of
from tests.integration.customers.conftest import NOW, People, ago

pytest.importorskip("splink", reason="linking needs requirements/analytics.txt")
pytestmark = pytest.mark.django_db
PHONE, CORRECTED = "13800138001", "13577246810"
OTHERS = ("赵一凡", "钱二宝", "孙三元", "李四海", "周五福", "吴六顺", "郑七星", "王八方", "冯九州", "卫十全")


def say(source: str, key: str, days: int, **fields: Any) -> UUID:
    """A source's word under a key; answers whom it speaks of."""
    (one,) = take(source=source, records=[{"key": key, **fields}], actor="user:1", now=ago(days=days))
    assert one.outcome != "refused" and one.customer is not None, one
    return one.customer


def own(n: int) -> str:
    """A number of nobody else's, and far from all the others."""
    return f"13{n}{(n * 37 + 11) % 97:02}{(n * 53 + 29) % 89:02}{(n * 71 + 5) % 83:02}{(n * 17 + 3) % 97:02}"


@pytest.fixture
def chen(db: None) -> tuple[UUID, UUID]:
    """Mr Chen of the CRM and Ms Chen's shop record, with one telephone: not told apart by a title, only by the number."""
    old = say("crm", "1", 90, name="陈先生", phone=PHONE, region="广州")
    new = say("shop", "7", 80, name="陈先生", phone=PHONE)
    for number, name in enumerate(OTHERS):
        say("web", f"w{number}", 60, name=name, phone=own(number), region="北京")
    return old, new


def linked(**told: Any) -> batch.Linked:
    return customers_linked(now=NOW, **told)


def became(done: batch.Linked) -> tuple[int, int, int, int]:
    return done.merged, done.settled.undone, done.settled.flagged, done.settled.failed


def correct(days: int = 5) -> None:
    say("shop", "7", days, name="陈先生", phone=CORRECTED)


def test_a_corrected_number_undoes_what_it_joined(chen: tuple[UUID, UUID]) -> None:
    old, new = chen
    assert became(linked()) == (1, 0, 0, 0) and merging.resolve(customer_id=new) == old
    assert became(linked()) == (0, 0, 0, 0)  # it stands as long as the number does
    correct()
    assert became(linked()) == (0, 1, 0, 0)
    assert merging.resolve(customer_id=new) == new  # the old id is back, and leads nowhere else
    assert Customer.objects.get(pk=new).status == "active"
    undone = AuditEntry.objects.get(action="customer.unmerged")
    assert (undone.actor, undone.purpose) == ("linking", "evidence gone: phone")
    assert queries.find(kind="phone", value=CORRECTED, now=NOW).customer_id == new  # its record told it
    assert not Decision.objects.filter(kind="cannot_link").exists()
    assert [became(linked()) for _ in range(2)] == [(0, 0, 0, 0)] * 2  # and not to and fro


def test_an_open_call_goes_on_as_the_survivors_when_linking_merges(chen: tuple[UUID, UUID]) -> None:
    old, new = chen
    domain = Domain.objects.create(key="main", name="Main")
    said: dict[str, Any] = {"domain": domain, "source": "t", "customer_id": new, "arrived_at": ago(days=1)}
    live = Call.objects.create(external_id="1", state="arrived", **said)
    over = Call.objects.create(external_id="2", state="abandoned", ended_at=ago(days=1), **said)
    linked()
    live.refresh_from_db()
    over.refresh_from_db()
    assert (live.customer_id, over.customer_id) == (old, new)  # what is over stays as it was told
    assert Event.objects.get(type="call.relinked").actor == "linking"


def test_evidence_that_is_back_joins_again(chen: tuple[UUID, UUID]) -> None:
    linked()
    correct()
    assert linked().settled.undone == 1
    say("shop", "7", 2, name="陈先生", phone=PHONE)
    assert became(linked()) == (1, 0, 0, 0)


def test_a_number_changed_by_one_who_has_more_in_common_undoes_nothing(chen: tuple[UUID, UUID]) -> None:
    old, new = chen
    say("crm", "1", 70, name="陈先生", phone=PHONE, region="广州", wechat="chen-88")
    say("shop", "7", 70, name="陈先生", phone=PHONE, wechat="chen-88")
    linked()
    correct()
    say("shop", "7", 4, name="陈先生", phone=CORRECTED, wechat="chen-88")
    assert became(linked()) == (0, 0, 0, 0) and merging.resolve(customer_id=new) == old


def test_what_a_person_made_is_flagged_and_stays(chen: tuple[UUID, UUID]) -> None:
    old, new = chen
    hall.customer.customers_merged(one=old, other=new, actor="user:1", reason="showed papers", now=ago(days=10))
    assert became(linked()) == (0, 0, 0, 0)
    correct()
    assert became(linked()) == (0, 0, 1, 0) and merging.resolve(customer_id=new) == old
    (flag,) = sampling.waiting(why="vanished")
    assert (flag.lost, flag.actor, sampling.waiting()) == (("phone",), "user:1", [])
    assert became(linked()) == (0, 0, 0, 0)  # flagged once
    page = client_of("supervisor").get("/customers/review/").content.decode()
    assert "Merges whose evidence is gone" in page and "agrees no more: Telephone" in page
    assert "依据已消失的合并" in client_of("admin", "zh-hans").get("/customers/review/").content.decode()
    parted = hall.customer.merge_audited(audit_id=flag.id, verdict="wrong", reason="no", actor="user:2", now=NOW)
    assert parted is not None and merging.resolve(customer_id=new) == new
    assert all(band.judged == 0 for band in sampling.bands())  # the share of right automatic ones is told without it


def test_a_flag_goes_when_the_evidence_is_back(chen: tuple[UUID, UUID]) -> None:
    hall.customer.customers_merged(one=chen[0], other=chen[1], actor="user:1", reason="papers", now=ago(days=10))
    correct()
    linked()
    say("shop", "7", 2, name="陈先生", phone=PHONE)
    linked()
    assert not MergeAudit.objects.filter(why="vanished").exists()


def test_a_person_without_any_evidence_was_never_joined_by_it(people: People) -> None:
    one, other = people.customer("陈美", "+8613800138001"), people.customer("李强", "+8613900139002")
    hall.customer.customers_merged(one=one.pk, other=other.pk, actor="user:1", reason="papers", now=ago(days=10))
    assert became(linked()) == (0, 0, 0, 0)


def test_what_a_person_confirmed_is_flagged_and_stays(chen: tuple[UUID, UUID]) -> None:
    linked()
    made = Decision.objects.get(kind="merge")
    MergeAudit.objects.filter(decision=made).delete()
    MergeAudit.objects.create(decision=made, bits=3, drawn_at=NOW)
    hall.customer.merge_audited(
        audit_id=MergeAudit.objects.get().pk, verdict="right", reason="", actor="user:1", now=NOW
    )
    correct()
    assert became(linked()) == (0, 0, 1, 0) and merging.resolve(customer_id=chen[1]) == chen[0]


def test_with_propose_only_all_are_flagged(chen: tuple[UUID, UUID]) -> None:
    linked()
    correct()
    assert became(linked(merge=False)) == (0, 0, 1, 0) and merging.resolve(customer_id=chen[1]) == chen[0]
    assert became(linked()) == (0, 1, 0, 0)


def test_of_three_only_the_one_without_evidence_leaves(chen: tuple[UUID, UUID]) -> None:
    old, new = chen
    third = say("app", "3", 70, name="陈先生", phone=PHONE)
    assert linked().merged == 2
    correct()
    assert became(linked()) == (0, 1, 0, 0)
    assert [merging.resolve(customer_id=one) for one in (old, new, third)] == [old, new, old]
    assert became(linked()) == (0, 0, 0, 0)


def test_a_number_given_to_everybody_dissolves_its_joins_with_one_alert(chen: tuple[UUID, UUID]) -> None:
    old, new = chen
    say("app", "3", 75, name="陈先生", phone=PHONE)
    assert linked().merged == 2
    for number, name in enumerate(OTHERS):
        say("web", f"w{number}", 5, name=name, phone=PHONE, region="北京")
    out = StringIO()
    call_command("link_customers", stdout=out)
    assert "2 undone, 0 flagged" in out.getvalue() and "1 identifiers shared" in out.getvalue()
    assert merging.resolve(customer_id=new) == new != old
    alert = QualityAlert.objects.get()
    assert (alert.source, alert.what, alert.value, alert.limit, alert.ended_on) == ("web", "shared", 2, 8, None)
    assert alert.code.startswith("phone ") and "13800138001" not in alert.code
    assert became(linked()) == (0, 0, 0, 0)
    alerting.settle(silent={}, now=NOW)  # the night measures, and has no word on it
    alert.refresh_from_db()
    assert (alert.value, alert.ended_on) == (2, None)
    page = client_of("supervisor").get("/customers/quality/alerts/").content.decode()
    assert "2 merges undone" in page and "Telephone" in page and "138****8001" in page
    assert "已撤销 2 个合并" in client_of("admin", "zh-hans").get("/customers/quality/alerts/").content.decode()
    for number, name in enumerate(OTHERS):  # the source mends it
        say("web", f"w{number}", 1, name=name, phone=own(number), region="北京")
    assert linked().merged == 2
    alert.refresh_from_db()
    assert alert.ended_on is not None


def test_a_run_that_dies_between_two_is_finished_by_the_next(
    chen: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = (
        say("crm", "2", 90, name="欧女士", phone="13712340000"),
        say("shop", "8", 80, name="欧女士", phone="13712340000"),
    )
    assert linked().merged == 2
    correct()
    say("shop", "8", 5, name="欧女士", phone="13611112222")
    done: list[UUID] = []

    def dies(**told: Any) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(told["absorbed"])
        return hall.customer.customers_unmerged(**told)

    with pytest.raises(KeyboardInterrupt):
        batch.link(now=NOW, take_apart=dies)
    assert Customer.objects.filter(status="merged").count() == 1
    assert became(linked()) == (0, 1, 0, 0)
    assert not Customer.objects.filter(status="merged").exists() and {chen[1], second[1]} >= {*done}


def test_one_that_fails_leaves_the_others(chen: tuple[UUID, UUID]) -> None:
    say("crm", "2", 90, name="欧女士", phone="13712340000")
    held = say("shop", "8", 80, name="欧女士", phone="13712340000")
    linked()
    correct()
    say("shop", "8", 5, name="欧女士", phone="13611112222")

    def stubborn(**told: Any) -> object:
        if told["absorbed"] == held:
            raise Conflict("Not now.")
        return hall.customer.customers_unmerged(**told)

    assert became(batch.link(now=NOW, take_apart=stubborn)) == (0, 1, 0, 1)
    assert merging.resolve(customer_id=chen[1]) == chen[1]
    assert became(linked()) == (0, 1, 0, 0)


def test_an_identifier_that_ran_out_speaks_no_more(people: People) -> None:
    one = people.customer("陈先生", "+8613800138001", source="crm", created_at=ago(days=90))
    other = people.customer("陈先生", "+8613800138001", source="shop", created_at=ago(days=80))
    linked()
    assert merging.resolve(customer_id=other.pk) == one.pk
    Identifier.objects.filter(customer=one).update(valid_to=ago(days=1))
    assert linked().settled.undone == 1


def test_what_still_agrees_is_not_named_as_gone(db: None) -> None:
    old = say("crm", "1", 90, name="陈美丽", phone=PHONE, region="广州")
    new = say("shop", "7", 80, name="陈女士", phone=PHONE)
    say("web", "w", 60, name=OTHERS[0], phone=own(0), region="北京")
    assert linked().merged == 1 and merging.resolve(customer_id=new) == old
    say("shop", "7", 5, name="陈女士", phone=CORRECTED)
    linked(merge=False)
    assert [one.lost for one in sampling.waiting(why="vanished")] == [("phone",)]  # the surname fits as before
