"""What people of ours did by hand for customers: a tag, a pin, points, a benefit, cases decided, a family said to be one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from customers.fraud import operations as fraud
from customers.households import operations as households
from customers.identity import assembling
from customers.insight import benefits, manual, points, tags
from customers.knowledge import operations as questions
from customers.models import FraudCase, GroupProposal, LevelTerm
from customers.segments import operations as segments

CASES = (("clear", "身份证号录入错误，已核对原件。"), ("confirm", "冒用他人证件开户，已报安全部门。"))

SEGMENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Gold, contract ends soon / 金卡且合约将到期", {"all": [
        {"field": "level", "op": "in", "value": ["gold", "diamond"]},
        {"field": "contract_days", "op": "<=", "value": 120},
    ]}),
    ("Much data, above the allowance / 流量大且超出套餐", {"all": [
        {"field": "data_gb", "op": ">=", "value": 15}, {"field": "overage_months", "op": ">=", "value": 1},
    ]}),
)  # fmt: skip
QUESTION = "Which good customers leave us soon / 哪些好客户合约将到期"


def before_the_night(*, mrs_chen: UUID, actors: Mapping[str, str], now: datetime) -> None:
    """Mrs Chen is known by name, loves books, has spent points and used a benefit; a family lives together."""
    ada, on = actors["ada"], now - timedelta(days=6)
    hers: dict[str, Any] = {"customer_id": mrs_chen, "actor": ada}
    manual.add_tag(key=tags.READER, why="通话中说每天听书，喜欢有声读物。", locked=True, now=on, **hers)
    assembling.pin(field="title", value="ms", days=365, reason="本人来电说明称呼。", now=on, **hers)
    points.earn(points=900, ref="demo:welcome", reason="九年老客户回馈", now=on - timedelta(days=200), **hers)
    points.redeem(points=300, ref="demo:case", reason="兑换手机壳", now=on, **hers)
    counted = next((one for one in benefits.held(customer_id=mrs_chen) if one.left), None)
    if counted is not None:
        benefits.use(key=counted.benefit.key, ref="2026-0117", now=on, **hers)
    family = GroupProposal.objects.filter(state=GroupProposal.State.OPEN, kind="household").order_by("id").first()
    if family is not None:
        households.accept(proposal_id=family.pk, members=(), name="", actor=ada, now=on)


def after_the_night(*, actors: Mapping[str, str], now: datetime) -> None:
    """Of the cases of fraud found by night one is cleared and one confirmed; segments and a question are kept."""
    found = (
        FraudCase.objects.filter(state=FraudCase.State.SUSPECTED).order_by("score", "id").values_list("pk", flat=True)
    )
    for case, (verdict, reason) in zip(list(found)[2:], CASES, strict=False):
        fraud.decide(case_id=case, verdict=verdict, reason=reason, actor=actors["ada"], now=now)
    for name, tree in SEGMENTS:
        segments.save(name=name, note="", tree=tree, channel="voice", actor=actors["mei"], now=now)
    questions.keep(name=QUESTION, tree=SEGMENTS[0][1], actor=actors["mei"], now=now)


def earlier_terms(*, now: datetime) -> None:
    """Who has been with us for long had a level before: every fourth reached it, the others kept it."""
    open_ = LevelTerm.objects.filter(closed_on=None, customer__since__lt=now.date() - timedelta(days=900))
    LevelTerm.objects.bulk_create(
        (
            LevelTerm(
                customer_id=one.customer_id, level=one.level if turn % 4 else "standard", closed_on=one.since,
                since=one.since - timedelta(days=365), ends=one.since, reason="renewed" if turn % 4 else "given",
            )
            for turn, one in enumerate(open_.order_by("pk").iterator())
        ),
        batch_size=2_000,
    )  # fmt: skip
