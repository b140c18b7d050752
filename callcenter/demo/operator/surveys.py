"""Four weeks of calls whose callers were asked how it was: who was invited, who answered, and the calls as they were.

Content hangs on reason, wait and agent; who answers hangs on the same, so that weighting has something to do. One agent is
better than the peers, one worse, and one stays on the line until the caller hangs up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from math import exp
from random import Random
from typing import Any
from uuid import UUID

from callcenter.demo.operator import follow_ups
from callcenter.demo.operator.agents import AGENTS, AgentPlan
from callcenter.demo.operator.queues import DOMAIN
from ivr.models import SurveyAnswer, SurveyForm, SurveyInvitation
from ivr.surveys import operations
from ivr.surveys.queries import newest_form
from ivr.surveys.rules import draw

DAYS, CALLS_A_DAY = 28, 90
# reason, queue, share, log odds of being content, of answering
REASONS = (
    ("bill_question", "billing", 30, 1.1, 0.0), ("data_usage", "general", 22, 1.4, 0.2), ("change_plan", "sales", 14, 1.5, 0.3),
    ("broadband_fault", "technical", 20, 0.1, -0.3), ("complaint", "complaints", 8, -1.0, -0.6),
    ("roaming", "general", 6, 1.2, 0.1),
)  # fmt: skip
COMMENTS = {
    "bill_question": ("账单解释得很清楚，谢谢。", "还是不明白这笔费用从哪里来。"),
    "data_usage": ("很快就查到了剩余流量。", "流量提醒来得太晚。"),
    "change_plan": ("推荐的套餐合适，没有硬推销。", "换套餐为什么要等到下个月？"),
    "broadband_fault": ("师傅当天就上门了。", "宽带晚上还是掉线，已经打了三次电话。"),
    "complaint": ("处理得认真，说到做到。", "等了很久，没有人回电。"),
    "roaming": ("The agent explained the roaming pack well.", "I waited too long before anybody answered."),
}


def write(*, now: datetime, seed: int) -> int:
    """Forms, plans and four weeks of rows before today; how many rows."""
    operations.publish_shipped(now=now - timedelta(days=DAYS + 1))
    forms = {reached: newest_form(key=key) for reached, key in (("agent", "after_agent"), ("queue", "after_menus"))}
    rows = [
        _call(Random(f"{seed} survey {day} {number}"), now, day, forms)
        for day in range(1, DAYS + 1)
        for number in range(CALLS_A_DAY)
    ]
    SurveyInvitation.objects.bulk_create(rows, batch_size=1_000)
    SurveyAnswer.objects.bulk_create([one for row in rows for one in _answers(row, seed)], batch_size=2_000)
    follow_ups.write(rows, now=now, seed=seed)
    operations.swept_until(start=now)
    return len(rows)


def _call(rng: Random, now: datetime, day: int, forms: dict[str, SurveyForm]) -> SurveyInvitation:
    reason, queue, _share, content, willing = rng.choices(REASONS, [one[2] for one in REASONS])[0]
    midnight = datetime.combine((now - timedelta(days=day)).date(), time(0), tzinfo=UTC)
    at = midnight + timedelta(seconds=rng.choice((0, 1, 1, 2, 2, 3, 6, 6, 7, 8, 9, 11)) * 3600 + rng.randrange(3600))
    wait = round(rng.expovariate(1 / 45))
    lost = rng.random() < 0.04 + min(0.3, wait / 600)
    agent = None if lost else rng.choice(_staff(queue))
    repeated = rng.random() < (0.3 if reason in {"broadband_fault", "complaint"} else 0.1)
    row = SurveyInvitation(
        id=UUID(int=rng.getrandbits(128), version=4), call=UUID(int=rng.getrandbits(128), version=4), domain=DOMAIN, at=at,
        state="not_invited", settled=True, caller=rng.getrandbits(40), reached="queue" if lost else "agent", queue=queue,
        agent=agent.key if agent else "", team=agent.team if agent else "", wait_s=wait, reason_of_call=reason,
        talk_s=0 if lost else round(rng.lognormvariate(5.1, 0.7)), ended_by="caller", language="zh-Hans",
        version="operator/1", path="agent", repeated=repeated, looped=rng.random() < 0.08, zero_out=rng.random() < 0.12,
    )  # fmt: skip
    if agent is not None and rng.random() > (0.93 if agent is AGENTS[5] else 0.55):
        row.ended_by = "agent"
    _invite(row, forms["queue" if lost else "agent"])
    liked = content - wait / 120 - 0.8 * repeated - 0.6 * row.looped - 1.4 * lost + _skill(agent)
    row.good = rng.random() < 1 / (1 + exp(-liked))  # of everybody; kept only of those who answer
    _respond(rng, row, willing + (0.5 if row.good else 0.0) - wait / 300)
    return row


def _staff(queue: str) -> Sequence[AgentPlan]:
    """Those who take the queue's calls, as far as their skills say; else everybody."""
    return [one for one in AGENTS if queue in one.skills] or AGENTS


def _skill(agent: AgentPlan | None) -> float:
    if agent is None:
        return 0.0
    return {AGENTS[1].key: 0.9, AGENTS[3].key: -0.9}.get(agent.key, 0.0)


def _invite(row: SurveyInvitation, form: SurveyForm) -> None:
    share = 0.5 if row.reached == "agent" else 0.3
    if 0 < row.talk_s < 20:
        row.reason = "too_short"
    elif row.reached == "agent" and row.ended_by == "agent":
        row.plan, row.channel, row.reason, row.odds = "agent-voice", "voice", "invited", 1.0
    elif draw(row.call, "lately") < 0.1:
        row.reason = "lately"
    elif draw(row.call, "link") < share:
        row.plan, row.channel, row.reason, row.odds = f"{row.reached}-link", "link", "invited", share
    else:
        row.reason = "caller_left" if row.reached == "agent" else "not_drawn"
    if row.reason == "invited":
        row.state, row.form, row.expires_at, row.invited_by = "invited", form, row.at + timedelta(hours=72), "survey"


def _respond(rng: Random, row: SurveyInvitation, willing: float) -> None:
    liked, row.good = row.good, None
    base = {"voice": 0.2, "link": -1.2}.get(row.channel)
    if base is None or rng.random() > 1 / (1 + exp(-(base + willing))):
        return
    row.good = liked
    row.score = rng.choice((4, 5, 5)) if liked else rng.choice((1, 2, 3, 3))
    row.started_at = row.at + timedelta(seconds=20 if row.channel == "voice" else rng.randrange(600, 80_000))
    row.state, row.stopped_at = "started", _first(row)
    if rng.random() < 0.86:
        row.state, row.stopped_at = "complete", "solved"
        row.completed_at = row.started_at + timedelta(seconds=rng.randrange(8, 60))
    if row.channel == "link" and rng.random() < 0.45:
        row.comment, row.stopped_at = COMMENTS[row.reason_of_call][0 if liked else 1], "comment"


def _first(row: SurveyInvitation) -> str:
    return "agent" if row.reached == "agent" else "ease"


def _answers(row: SurveyInvitation, seed: int) -> Iterator[SurveyAnswer]:
    if row.started_at is None:
        return
    told: dict[str, Any] = {"invitation": row, "at": row.started_at, "received_at": row.started_at}
    yield SurveyAnswer(question=_first(row), value=row.score, **told)
    if row.state == "complete":
        solved = Random(f"{seed} solved {row.call}").random() < (0.9 if row.good else 0.35)
        yield SurveyAnswer(question="solved", value=int(solved), **told)
    if row.comment:
        yield SurveyAnswer(question="comment", text=row.comment, **told)
