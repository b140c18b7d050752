"""Two sources speak of Mrs Chen and Zhang San: every dimension against a count by hand, and the board with its trend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import Event
from customers.imports.models import ImportJob, RowError, SourceRecord
from customers.models import Customer, QualityScore, RuleScore
from customers.quality import alerting, book, consistency, formulas, judging, measuring, setting, sources, weighing
from tests.integration.customers.conftest import NOW, ago

pytestmark = pytest.mark.django_db


def record(source: str, key: str, customer: Customer, days: float = 1, **fields: Any) -> None:
    SourceRecord.objects.create(
        source=source, key=key, customer=customer, row_no=1, content_hash=b"x", fields=fields,
        observed_at=ago(days=days), received_at=ago(days=days),
    )  # fmt: skip


def test_five_dimensions_against_a_count_by_hand(mrs_chen: Customer, zhang_san: Customer) -> None:
    record("crm", "1", mrs_chen, name="陈美", phone="+8613800138000", birth_year="1980")
    record("crm", "2", mrs_chen, days=200, name="陈美", phone="", birth_year="2199")
    record("crm", "3", zhang_san, name="张三", phone="+8613900139000", birth_year="")
    record("shop", "a", mrs_chen, days=60, name="陈美丽", phone="+8613800138000")
    job = ImportJob.objects.create(source="crm", name="f", sha256="x", actor="a", at=ago(days=2))
    RowError.objects.create(job=job, row_no=9, column="phone", sentence="no", row=[])
    assert measuring.measure(now=NOW) == 2
    shop, crm = sorted(measuring.board(today=NOW.date()), key=lambda one: one.source, reverse=True)
    told = {one.key: one for one in crm.measured}
    # name 3/3 at 2, telephone 2/3 at 3, birth year 2/3 at 1; nothing else is ever filled
    assert told["completeness"].value == pytest.approx((2 * 1 + 3 * 2 / 3 + 1 * 2 / 3) / 6)
    # two birth years, one of them in the future, and a refused row
    assert told["validity"].value == pytest.approx(1 / 3)
    assert told["validity"].of == 3
    assert told["uniqueness"].value == pytest.approx(2 / 3)
    assert told["freshness"].value == pytest.approx(2 / 3)
    # of Mrs Chen, name (they differ) and telephone (they agree) can be compared
    assert told["consistency"].value == pytest.approx(1 / 2)
    by_hand = formulas.score({key: one.value for key, one in told.items() if key != "score"})
    assert told["score"].value == pytest.approx(by_hand)
    assert told["score"].is_low
    assert {one.key: one.value for one in shop.measured}["freshness"] == pytest.approx(1 * 30 / 60)
    assert {one.key: one.value for one in shop.measured}["validity"] is None  # nothing of it could be checked


def test_a_day_is_measured_once_and_a_week_ago_stands_beside_it(mrs_chen: Customer) -> None:
    record("crm", "1", mrs_chen, days=10, name="陈美", phone="")
    measuring.measure(now=NOW - timedelta(days=8))
    record("crm", "2", mrs_chen, name="陈美", phone="+8613800138000")
    measuring.measure(now=NOW)
    measuring.measure(now=NOW)
    (crm,) = measuring.board(today=NOW.date())
    unique = next(one for one in crm.measured if one.key == "uniqueness")
    assert (unique.week_ago, unique.value, len(unique.trend)) == (1.0, 0.5, 2)


def test_one_zero_is_not_hidden_and_what_was_not_judged_does_not_count() -> None:
    assert formulas.score({"completeness": 1.0, "validity": 0.0}) == 0
    assert formulas.score({"completeness": 0.5, "validity": None}) == pytest.approx(0.5)
    assert formulas.score({}) is None


def test_every_rule_is_judged_in_one_pass_and_agrees_with_a_look(mrs_chen: Customer, zhang_san: Customer) -> None:
    record("crm", "1", mrs_chen, name="陈美", phone="+8613800138000", birth_year=1980, region="广州")
    record("crm", "#2", zhang_san, name="测试", email="a@qq.con", birth_year=NOW.year + 1, kind="enterprise", qq="012")
    assert judging.judge(now=NOW) == 2
    failed = {row.rule for row in RuleScore.objects.filter(failed__gt=0)}
    assert failed == {
        "name_no_placeholder", "name_agrees", "phone_present", "phone_not_generic", "email_no_slip", "document_present",
        "birth_not_future", "birth_agrees", "region_present", "qq_shape", "enterprise_has_code", "key_of_its_own",
    }  # fmt: skip
    (name,) = RuleScore.objects.filter(rule="name_no_placeholder")
    assert (name.checked, name.failed, name.version) == (2, 1, 1)
    told = judging.history(code="name_no_placeholder")
    assert told is not None
    assert (told.judged.share, told.judged.by_source) == (0.5, (("crm", 2, 1),))
    assert 0 < (judging.rates()["crm"] or 0) < 1
    assert judging.history(code="shoe_size") is None


def test_sources_are_laid_side_by_side_and_contradictions_listed(mrs_chen: Customer, zhang_san: Customer) -> None:
    record("crm", "1", mrs_chen, name="陈美", region="广州")
    record("shop", "7", mrs_chen, name="陈美", region="深圳")
    record("crm", "2", zhang_san, name="张三")
    doc = consistency.measure(now=NOW).doc
    names, rows = consistency.matrix(doc)
    assert (names, rows[0]) == (["crm", "shop"], ("crm", [(2, None), (1, 0.5)]))
    assert consistency.by_field(doc) == [("region", 1, 0, 0.0), ("name", 1, 1, 1.0)]
    assert (doc["known_in"], doc["conflicts"]) == ([[1, 1], [2, 1]], [[str(mrs_chen.pk), ["region"], None]])


def test_what_is_promised_of_a_source_counts_for_its_freshness(mrs_chen: Customer) -> None:
    record("crm", "1", mrs_chen, days=20, name="陈美")
    measuring.measure(now=NOW)
    before = QualityScore.objects.get(dimension="freshness").value
    told: dict[str, Any] = {"owner": "Ada", "cadence_days": 5, "trust": 0.9, "one_record_per_person": True, "now": NOW}
    sources.describe(code="crm", promised_days=30, actor="user:1", **told)
    measuring.measure(now=NOW)
    assert before == 1.0
    assert QualityScore.objects.get(dimension="freshness").value == pytest.approx(0.25)
    with pytest.raises(Invalid):
        sources.describe(code="crm", promised_days=0, actor="user:1", **told)


def test_a_rule_is_set_otherwise_after_it_was_shown_on_the_records(mrs_chen: Customer, zhang_san: Customer) -> None:
    record("crm", "1", mrs_chen, name="陈美", address="和平路1号甲")
    record("crm", "2", zhang_san, name="张三", address="和平路一百二十号")
    code, wish = "address_long_enough", setting.Wish(severity="block", weight=3, is_on=True, numbers={"least": 7})
    assert book.find(code=code).en == "An address of 6 signs or more"
    (effect,) = setting.try_out(code=code, wish=wish, now=NOW)
    assert (effect.checked, effect.failed, effect.failed_then) == (2, 0, 1)
    assert (effect.rate_then or 0) < (effect.rate or 0)
    assert (book.history(code=code), book.find(code=code).version) == ([], 1)  # shown only
    assert setting.publish(code=code, wish=wish, version=1, actor="user:1", now=NOW).version == 2
    judging.judge(now=NOW)
    assert RuleScore.objects.values_list("checked", "failed", "version").get(rule=code) == (2, 1, 2)
    with pytest.raises(Conflict, match="meanwhile"):
        setting.publish(code=code, wish=wish, version=1, actor="user:2", now=NOW)
    off = setting.Wish(severity="info", weight=1, is_on=False, numbers={"least": 7})
    setting.publish(code=code, wish=off, version=2, actor="user:1", now=NOW)
    judging.judge(now=NOW)
    assert not RuleScore.objects.filter(rule=code).exists()
    assert setting.try_out(code=code, wish=off, now=NOW) == []  # off before and after
    (effect,) = setting.try_out(code=code, wish=wish, now=NOW)
    assert (effect.failed, effect.failed_then) == (0, 1)


RIGHT = setting.Wish(severity="warn", weight=1.0, is_on=True, numbers={"least": 6})


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (replace(RIGHT, severity="dire"), "how severe"), (replace(RIGHT, weight=11.0), "weighs"),
        (replace(RIGHT, weight=float("nan")), "weighs"), (replace(RIGHT, numbers={}), "limit"),
        (replace(RIGHT, numbers={"least": 0}), "limit"), (replace(RIGHT, numbers={"least": 5, "x": 1}), "limit"),
    ],
)  # fmt: skip
def test_a_wish_for_a_rule_that_makes_no_sense_is_refused(db: None, wish: setting.Wish, word: str) -> None:
    with pytest.raises(Invalid, match=word):
        setting.publish(code="address_long_enough", wish=wish, version=1, actor="user:1", now=NOW)


def test_weights_are_tried_on_last_night_and_hold_from_the_next_one(mrs_chen: Customer) -> None:
    record("crm", "1", mrs_chen, name="陈美", phone="")
    record("crm", "2", mrs_chen, name="陈美", phone="+8613800138000")
    measuring.measure(now=NOW - timedelta(days=1))
    only = {one.key: 1.0 if one.key == "uniqueness" else 0.0 for one in formulas.DIMENSIONS}
    (effect,) = weighing.try_out(weights=only)
    assert effect.score_then == pytest.approx(0.5)
    assert effect.score != pytest.approx(0.5)
    assert weighing.publish(weights=only, version=1, actor="user:1", now=NOW).version == 2
    with pytest.raises(Conflict):
        weighing.publish(weights=only, version=1, actor="user:2", now=NOW)
    for wrong in (dict.fromkeys(only, 0.0), only | {"validity": 2.0}, {"uniqueness": 1.0}):
        with pytest.raises(Invalid):
            weighing.publish(weights=wrong, version=2, actor="user:1", now=NOW)
    measuring.measure(now=NOW)
    row = QualityScore.objects.get(source="crm", dimension="score", day=NOW.date())
    assert row.value == pytest.approx(0.5)
    assert row.version == f"{formulas.VERSION}/w2"
    assert [one.version for one in weighing.history()] == [2]


def test_an_alert_stands_from_the_night_that_finds_it_to_the_one_that_does_not(mrs_chen: Customer) -> None:
    for key in range(25):
        record("crm", str(key), mrs_chen, days=40, name="test", phone="+8613800138001")
    measuring.measure(now=NOW - timedelta(days=2))
    measuring.measure(now=NOW - timedelta(days=1))
    standing = {(one.alert.what, one.alert.code): one for one in alerting.standing(today=NOW.date())}
    assert {("dimension", "uniqueness"), ("rule", "name_no_placeholder"), ("delivery", "")} <= standing.keys()
    placeholder = standing["rule", "name_no_placeholder"]
    assert (placeholder.alert.value, placeholder.alert.limit, len(placeholder.trend)) == (0.0, 0.95, 2)
    assert placeholder.alert.since == (NOW - timedelta(days=2)).date()
    told = Event.objects.filter(type="quality.alert")
    count = told.count()
    seen = alerting.unseen()
    alerting.acknowledge(alert_id=placeholder.alert.pk, note="told the CRM", actor="user:1", now=NOW)
    assert alerting.unseen() == seen - 1
    SourceRecord.objects.all().update(fields={"name": "陈美", "phone": "+8613800138001"}, received_at=NOW)
    measuring.measure(now=NOW)
    assert ("rule", "name_no_placeholder") not in {
        (one.alert.what, one.alert.code) for one in alerting.standing(today=NOW.date())
    }
    mended = next(one for one in alerting.ended() if one.code == "name_no_placeholder")
    assert (mended.ended_on, mended.note) == (NOW.date(), "told the CRM")
    assert told.count() == count  # each was told once
    with pytest.raises(NotFound):
        alerting.acknowledge(alert_id=mended.pk, note="", actor="user:1", now=NOW)


def test_rows_of_nobody_are_no_fault_of_a_sources_records(mrs_chen: Customer) -> None:
    record("crm", "1", mrs_chen, name="陈美", birth_year="1980")
    job = ImportJob.objects.create(source="crm", kind="usage", name="f", sha256="x", actor="a", at=ago(days=2))
    RowError.objects.create(job=job, row_no=9, sentence="nobody", row=[], is_unplaced=True)
    RowError.objects.create(job=job, row_no=10, sentence="no month", row=[])
    measuring.measure(now=NOW)
    validity = QualityScore.objects.get(source="crm", dimension="validity")
    assert (validity.value, validity.of) == (1.0, 1)
