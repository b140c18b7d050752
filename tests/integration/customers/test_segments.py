"""Ada asks who matches: mirror and database count alike, nobody who must be left alone is listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Forbidden, Invalid
from callcenter.foundation.models import AuditEntry
from customers.insight.computing import compute
from customers.models import Consent, Customer, Facts, Relationship, Segment, Transaction
from customers.segments import counting, exporting, mirror, operations, queries, standing
from customers.segments.compilers import POSTGRES, compiled, holds
from customers.segments.fields import FIELDS
from customers.segments.grammar import parse
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db

ADULT = {"field": "age", "op": ">=", "value": 18}
TREES: list[dict[str, Any]] = [
    {"all": []},
    ADULT,
    {"not": {"field": "churn", "op": ">=", "value": 0.02}},
    {"any": [{"field": "region", "op": "=", "value": "广州"}, {"field": "tags", "op": "has", "value": "reader"}]},
    {"field": "level", "op": "is_missing"},
    {"field": "tags", "op": "has_none", "value": ["reader", "gamer"]},
    {"count": "call", "days": 30, "op": ">=", "value": 2, "channel": "voice"},
    {"count": "call", "days": 30, "op": "<", "value": 2},
    {"field": "m_fen", "op": "is_missing"},
    {"count": "purchase", "days": 30, "op": ">=", "value": 1, "code": "device"},
    {"count": "contract", "days": 90, "op": "=", "value": 0},
    {"related": "circle", "any": [{"field": "tags", "op": "has", "value": "reader"}]},
    {"not": {"related": "circle", "all": [ADULT]}},
    {"related": "household", "any": [{"field": "tags", "op": "has", "value": "reader"}]},
    {"all": [ADULT, {"not": {"related": "household", "all": [{"not": ADULT}]}}]},
    {"all": [{"field": "region", "op": "in", "value": ["广州", "o'hara"]},
             {"field": "consent_voice", "op": "is", "value": True}]},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    yield
    mirror.close()


@pytest.fixture
def market(people: People, mrs_chen: Customer, zhang_san: Customer) -> list[Customer]:
    """Mrs Chen may be called; Zhang San never said so; Wang refused; a child; somebody with an open complaint."""
    people.tag(zhang_san, "reader")
    for days in (2, 5):
        people.told(mrs_chen, at=ago(days=days))
    wang = people.customer("王磊")
    people.consents(wang, state="refused", channel="any")
    child = people.customer("林晓", birth_year=2015)
    people.consents(child)
    angry = people.customer("赵敏")
    people.consents(angry)
    people.told(angry, at=ago(days=4), kind="complaint", outcome="open")
    Transaction.objects.create(
        customer=wang, kind="purchase", line="device", amount_fen=99_900, at=ago(days=3), source="shop", external_id="1"
    )
    compute(now=NOW)
    Facts.objects.filter(customer__in=[mrs_chen, zhang_san, child]).update(circle=7)
    return [mrs_chen, zhang_san, wang, child, angry]


def test_what_was_bought_and_who_else_is_in_the_circle_can_be_asked(market: list[Customer]) -> None:
    def who(tree: dict[str, Any]) -> int:
        return counting.count(tree=tree, now=NOW).matched

    assert who({"count": "purchase", "days": 30, "op": ">=", "value": 1, "code": "device"}) == 1
    assert who({"count": "purchase", "days": 2, "op": ">=", "value": 1}) == 0
    # Zhang San reads: the two others of his circle know a reader, he knows none
    assert who({"related": "circle", "any": [{"field": "tags", "op": "has", "value": "reader"}]}) == 2
    assert who({"related": "circle", "all": [ADULT]}) == 3


def test_who_lives_with_whom_is_computed_and_can_be_asked(people: People, market: list[Customer]) -> None:
    chen, zhang, wang, child, angry = market
    home, old, school, firm = (
        people.customer(kind, kind=kind) for kind in ("household", "household", "campus", "enterprise")
    )
    for member, group, role, since in (
        (chen, home, "head", 2), (zhang, home, "member", 2), (child, home, "member", 2), (wang, old, "member", 9),
        (angry, old, "member", 9), (angry, home, "member", 1), (child, school, "student", 1), (chen, firm, "employee", 1),
    ):  # fmt: skip
        day = NOW.date() - timedelta(days=since)
        Relationship.objects.create(a=member, b=group, role=role, valid_from=day)
    Relationship.objects.create(a=wang, b=home, role="member", valid_from=NOW.date() - timedelta(days=9),
                                valid_to=NOW.date() - timedelta(days=3))  # fmt: skip
    compute(now=NOW)
    facts = {row.customer_id: row for row in Facts.objects.all()}
    assert [facts[one.pk].household for one in market] == [home.pk, home.pk, old.pk, home.pk, home.pk]  # the newest tie
    assert (facts[child.pk].campus, facts[chen.pk].enterprise, facts[zhang.pk].campus) == (school.pk, firm.pk, None)
    assert facts[home.pk].household is None and facts[home.pk].in_household  # a household is no member of itself

    def who(tree: dict[str, Any]) -> int:
        return counting.count(tree=tree, now=NOW).matched

    reader = {"field": "tags", "op": "has", "value": "reader"}
    assert who({"related": "household", "any": [reader]}) == 3  # all at home but the reader
    minor = {"field": "age", "op": "<", "value": 18}
    assert who({"all": [ADULT, {"related": "household", "all": [minor]}]}) == 3  # who lives with the child
    mirror.build(now=NOW)
    assert who({"all": [ADULT, {"related": "household", "all": [minor]}]}) == 3
    people.consents(child, purpose="profiling", state="refused", channel="any")
    compute(now=NOW)  # who refuses conclusions is nobody's relation either
    mirror.build(now=NOW + timedelta(minutes=1))
    assert who({"all": [ADULT, {"related": "household", "all": [minor]}]}) == 0


@pytest.mark.parametrize("tree", TREES)
def test_mirror_database_and_python_agree(market: list[Customer], tree: dict[str, Any]) -> None:
    from_database = counting.count(tree=tree, now=NOW)
    mirror.build(now=NOW)
    from_mirror = counting.count(tree=tree, now=NOW)
    assert (from_database.engine, from_mirror.engine) == ("database", "mirror")
    assert from_mirror.matched == from_database.matched
    assert from_mirror.excluded == from_database.excluded
    assert from_mirror.reachable == from_mirror.matched - sum(one.count for one in from_mirror.excluded)
    if not {"count", "related", "not"} & set(tree):
        node = parse(tree)
        one_by_one = [row for row in Facts.objects.all() if holds(node, {k: getattr(row, k) for k in FIELDS}, now=NOW)]
        assert len(one_by_one) == from_mirror.matched


def test_the_standing_exclusions_say_whom_they_took(market: list[Customer]) -> None:
    told = counting.count(tree={"all": []}, now=NOW)
    assert {one.key: one.count for one in told.excluded if one.count} == {
        "refused": 1, "no_consent": 1, "open_complaint": 1, "minor": 1,
    }  # fmt: skip
    assert (told.everybody, told.matched, told.reachable) == (5, 5, 1)
    assert counting.count(tree={"all": []}, now=NOW, channel="sms").reachable == 0


def test_members_are_masked_and_asked_again_when_the_list_is_used(market: list[Customer]) -> None:
    (only,) = queries.members(tree={"all": []}, channel="voice", now=NOW)
    assert (only.customer_id, only.masked_name) == (market[0].pk, "陈*")
    assert queries.members(tree={"all": []}, channel="voice", now=NOW, after=only.cursor) == []
    Consent.objects.update_or_create(
        customer=market[0], purpose="marketing", channel="sms", defaults={"state": "refused", "at": NOW}
    )
    # the facts of the night still say yes
    assert counting.count(tree={"all": []}, now=NOW).reachable == 1
    assert queries.members(tree={"all": []}, channel="voice", now=NOW) == []


def test_an_old_mirror_is_not_asked(market: list[Customer]) -> None:
    mirror.build(now=NOW - counting.OLDEST)
    assert counting.count(tree=ADULT, now=NOW).engine == "database"


def test_everybody_in_a_segment_counts_whoever_may_be_reached(market: list[Customer]) -> None:
    saved = operations.save(name="Adults", note="", tree=ADULT, channel="voice", actor="user:1", now=NOW)

    found = standing.everybody(segment_id=saved.segment_id, now=NOW)

    assert len(found) == len(set(found)) == saved.matched > saved.reachable
    assert market[0].pk in found


def test_versions_stay_and_overlap_tells_how_far_two_mean_the_same(market: list[Customer]) -> None:
    first = operations.save(name="Adults", note="", tree=ADULT, channel="voice", actor="user:1", now=NOW)
    again = operations.save(
        name="Adults", note="", tree=ADULT, channel="voice", actor="user:1", now=NOW, segment_id=first.segment_id
    )
    assert again == first
    older = {"field": "age", "op": ">=", "value": 60}
    second = operations.save(
        name="Adults", note="x", tree=older, channel="voice", actor="user:2", now=NOW, segment_id=first.segment_id
    )
    assert (second.number, second.matched, first.matched) == (2, 0, 4)
    segment, versions = queries.segment(segment_id=first.segment_id)
    assert [version.tree for version in versions] == [older, ADULT]
    with pytest.raises(Conflict):
        operations.save(name="Adults", note="", tree=ADULT, channel="voice", actor="user:1", now=NOW)
    with pytest.raises(Invalid) as refused:
        operations.save(name="B", note="", tree={"field": "x"}, channel="voice", actor="user:1", now=NOW)
    assert refused.value.facts["field"] == "/tree/field"
    both = counting.overlap(one=ADULT, other={"field": "tags", "op": "has", "value": "reader"}, now=NOW)
    assert (both.one, both.other, both.both, both.jaccard) == (4, 1, 1, 0.25)
    Facts.objects.update(age=70)
    assert operations.count_again(now=NOW) == 1  # the newest wording; what the first one counted stays as it was saved
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.matched, second.counted_at, first.matched, first.counted_at) == (5, NOW, 4, None)
    operations.put_away(segment_id=segment.pk, actor="user:1", now=NOW)
    assert operations.count_again(now=NOW) == 0
    assert queries.segments() == []
    assert Segment.objects.get().versions.count() == 2


def test_everything_a_field_names_stands_in_the_facts_with_the_same_kind() -> None:
    made = compiled(parse({"any": [_some(key) for key in FIELDS]}), dialect=POSTGRES, now=NOW)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM customers_facts AS f WHERE {made.sql}", made.values)
        assert cursor.fetchone() == (0,)


def _some(key: str) -> dict[str, Any]:
    value: Any = {"number": 1, "text": "x", "flag": True, "list": "x"}[FIELDS[key].kind]
    return {"field": key, "op": {"flag": "is", "list": "has"}.get(FIELDS[key].kind, "="), "value": value}


def test_a_list_leaves_by_two_people_and_only_with_those_who_may_be_reached_then(market: list[Customer]) -> None:
    mrs_chen = market[0]
    Customer.objects.filter(pk=mrs_chen.pk).update(name='=HYPERLINK("x")')
    kept = operations.save(name="All", note="", tree={"all": []}, channel="voice", actor="user:1", now=NOW)
    with pytest.raises(Invalid):
        exporting.ask(segment_id=kept.segment_id, recipient=" ", purpose="spring letters", actor="user:1", now=NOW)
    asked = exporting.ask(
        segment_id=kept.segment_id, recipient="Print shop", purpose="spring letters", actor="user:1", now=NOW
    )
    with pytest.raises(Conflict):
        exporting.fetch(export_id=asked.pk, actor="user:1", now=NOW)
    with pytest.raises(Forbidden):
        exporting.approve(export_id=asked.pk, actor="user:1", now=NOW)
    exporting.approve(export_id=asked.pk, actor="user:2", now=NOW)
    with pytest.raises(Conflict):
        exporting.approve(export_id=asked.pk, actor="user:3", now=NOW)
    lines = exporting.fetch(export_id=asked.pk, actor="user:1", now=NOW).splitlines()
    assert lines[0].endswith("customer,name,phone,region,language")
    assert lines[1:] == [f'{mrs_chen.pk},"\'=HYPERLINK(""x"")",+8613800138000,广州,zh']
    with pytest.raises(Conflict):
        exporting.fetch(export_id=asked.pk, actor="user:1", now=NOW + exporting.HOLDS * 2)
    Consent.objects.filter(customer=mrs_chen).update(state="refused")
    assert len(exporting.fetch(export_id=asked.pk, actor="user:1", now=NOW).splitlines()) == 1
    acts = AuditEntry.objects.filter(subject=f"segment:{kept.segment_id}").values_list("action", "data__rows")
    assert ("segment.list_fetched", 1) in acts and ("segment.list_fetched", 0) in acts


def test_one_customer_stands_in_the_segments_that_count_them(
    market: list[Customer], django_assert_max_num_queries: Any
) -> None:
    compute(now=NOW)
    for number, tree in enumerate(TREES):
        operations.save(name=f"{number:02d}", note="", tree=tree, channel="voice", actor="user:1", now=NOW)
    asked = {f"{n:02d}": tree for n, tree in enumerate(TREES) if "related" not in str(tree)}
    for customer in market:
        with django_assert_max_num_queries(4):
            found = {one.name for one in standing.of(customer_id=customer.pk, now=NOW)}
        meant = {
            name for name, tree in asked.items()
            if customer.pk in standing.everybody(segment_id=Segment.objects.get(name=name).pk, now=NOW)
        }  # fmt: skip
        assert found == meant
    unknown = Customer.objects.create(name="x", created_at=NOW)
    assert standing.of(customer_id=unknown.pk, now=NOW) == []
