"""Of what linking merged by itself some is looked at; the share of right ones is told by band."""

from __future__ import annotations

import pytest

from callcenter import hall
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity import merging, sampling
from customers.models import MergeAudit
from tests.integration.backoffice.test_pages import client_of
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db


def merged(people: People, count: int, bits: float) -> list[tuple[int, float]]:
    joins = []
    for n in range(count):
        one, other = people.customer(f"陈{n}美"), people.customer(f"陈{n}丽", created_at=ago(days=30))
        done = merging.merge(one=one.pk, other=other.pk, actor="linking", reason=f"{bits} bits, cn-1", now=NOW)
        joins.append((done.decision, bits))
    return joins


def test_one_in_a_hundred_of_the_weak_joins_is_drawn_and_always_the_same() -> None:
    joins = [(number, 1.0 if number % 2 else 8.0) for number in range(1, 801)]
    drawn = sampling.chosen(joins)
    assert len(drawn) == 4 and all(bits < 6 for _decision, bits in drawn)
    assert sampling.chosen(list(reversed(joins))) == drawn
    assert (len(sampling.chosen([(1, 3.0)])), sampling.chosen([(1, 9.0)]), sampling.chosen([])) == (1, [], [])


def test_a_person_judges_once_and_wrong_takes_apart(people: People) -> None:
    joins = merged(people, 3, 1.5)
    MergeAudit.objects.bulk_create(MergeAudit(decision_id=key, bits=bits, drawn_at=NOW) for key, bits in joins)
    first, second, third = (one.id for one in sampling.waiting())
    who = {"reason": "looked", "actor": "user:1", "now": NOW}
    assert hall.customer.merge_audited(audit_id=first, verdict="right", **who) is None  # type: ignore[arg-type]
    parted = hall.customer.merge_audited(audit_id=second, verdict="wrong", **who)  # type: ignore[arg-type]
    assert parted is not None and merging.resolve(customer_id=parted.restored) == parted.restored
    with pytest.raises(Conflict) as late:
        sampling.judge(audit_id=first, verdict="wrong", actor="user:2", now=NOW)
    assert late.value.facts["by"] == "user:1"
    with pytest.raises(NotFound):
        sampling.judge(audit_id=0, verdict="right", actor="user:2", now=NOW)
    with pytest.raises(Invalid):
        sampling.judge(audit_id=third, verdict="maybe", actor="user:2", now=NOW)
    low, high = sampling.bands()
    assert (low.right, low.judged, low.precision, high.judged, high.precision) == (1, 2, 0.5, 0, None)
    merging.unmerge(absorbed=MergeAudit.objects.get(pk=third).decision.absorbed_id, actor="user:1", reason="x", now=NOW)
    assert sampling.waiting() == []  # somebody took it apart elsewhere: it was wrong
    assert (sampling.bands()[0].right, sampling.bands()[0].judged) == (1, 3)
    (undone,) = merged(people, 1, 1.5)
    MergeAudit.objects.create(decision_id=undone[0], bits=undone[1], drawn_at=NOW)
    party = MergeAudit.objects.get(decision=undone[0]).decision.absorbed_id
    merging.unmerge(absorbed=party, actor="linking", reason="evidence gone: phone", now=NOW, may_relink=True)
    assert (sampling.bands()[0].right, sampling.bands()[0].judged) == (1, 3)  # nobody looked, and nobody was wrong


def test_the_review_page_asks_and_tells_how_right_they_were(people: People) -> None:
    assert sampling.draw(joins=merged(people, 1, 1.5), now=NOW) == 1
    ada, row = client_of("supervisor"), MergeAudit.objects.get()
    page = ada.get("/customers/review/").content.decode()
    assert "Automatic merges to look at" in page and "nobody has looked yet" in page and "陈0美" not in page
    here = f"/customers/review/audit/{row.pk}/"
    assert ada.post(here, {"verdict": "so"}).status_code == 422
    assert ada.post(here, {"verdict": "right"}).status_code == 302
    assert "1 of 1 right" in ada.get("/customers/review/").content.decode()
    assert ada.post(here, {"verdict": "wrong"}).status_code == 409
    assert client_of("agent").post(here, {"verdict": "right"}).status_code == 403
    assert "待抽查的自动合并" in client_of("admin", "zh-hans").get("/customers/review/").content.decode()
