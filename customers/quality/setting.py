"""How rules are set: how severe, how heavy, with which limits; tried on the records as they are before it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.redaction import take_time
from customers.quality import judging
from customers.quality.book import find, library
from customers.quality.models import RuleSetting
from customers.quality.rules import BY_CODE, SEVERITIES, Rule, rate, settled

_THEN = "then"  # the rule as it is wanted, beside the one that holds
MOST_WEIGHT = 10.0
MOST_NUMBER = 100_000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A rule as somebody wants it."""

    severity: str
    weight: float
    is_on: bool
    numbers: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a wish would come to in one source: records checked, failed now and then, and the source's rate now and then."""

    source: str
    checked: int
    failed: int
    failed_then: int
    rate: float | None
    rate_then: float | None


def try_out(*, code: str, wish: Wish, now: datetime) -> list[Effect]:
    """What a wish would come to on the records as they are; nothing is written. Raises Invalid, NotFound.

    Only this rule is judged anew, both ways in one pass; what the others found is last night's.
    """
    wanted, rules = _wanted(code, wish), {rule.code: rule for rule in library()}
    with transaction.atomic():
        take_time()  # a pass over every record is longer than a page's statements may be
        found = judging.judged_by(rules=[rules[code], replace(wanted, code=_THEN)], now=now)
    others = judging.newest_scores()
    return [
        _effect(source, told, others.get(source, {}), rules, replace(wanted, code=code))
        for source, told in found.items()
        if told
    ]


def _effect(
    source: str, told: judging.Scores, others: judging.Scores, rules: Mapping[str, Rule], wanted: Rule
) -> Effect:
    checked, failed = told.get(wanted.code, (0, 0))
    checked_then, failed_then = told.get(_THEN, (0, 0))
    rest = {code: score for code, score in others.items() if code != wanted.code}
    now = rest | ({wanted.code: (checked, failed)} if checked else {})
    then = rest | ({wanted.code: (checked_then, failed_then)} if checked_then else {})
    return Effect(
        source=source, checked=max(checked, checked_then), failed=failed, failed_then=failed_then,
        rate=rate(now, rules), rate_then=rate(then, {**rules, wanted.code: wanted}),
    )  # fmt: skip


@command
def publish(*, code: str, wish: Wish, version: int, actor: str, now: datetime) -> Rule:
    """From the next night on the rule is judged so. `version` is the one that was looked at.

    Raises Invalid, NotFound, Conflict where somebody set it meanwhile.
    """
    present, wanted = find(code=code), _wanted(code, wish)
    if present.version != version:
        raise Conflict(_("Somebody set this rule meanwhile: look at it again."), code="version_conflict")
    last = RuleSetting.objects.filter(code=code).order_by("-version").first()
    told = {
        "severity": wanted.severity, "weight": wanted.weight, "is_on": wanted.is_on, "numbers": dict(wanted.numbers),
    }  # fmt: skip
    RuleSetting.objects.create(code=code, version=(last.version if last else 1) + 1, actor=actor, at=now, **told)
    audit.write(actor=actor, action="quality_rule.set", subject=f"rule:{code}", data=told, now=now)
    return find(code=code)


def _wanted(code: str, wish: Wish) -> Rule:
    rule = BY_CODE.get(code)
    if rule is None:
        raise NotFound(_("There is no such rule."))
    if wish.severity not in SEVERITIES:
        raise Invalid(_("Choose how severe the rule is."), field="/severity")
    if not 0 <= wish.weight <= MOST_WEIGHT:
        raise Invalid(_("A rule weighs 0 to %(most)s.") % {"most": int(MOST_WEIGHT)}, field="/weight")
    if set(wish.numbers) != set(rule.numbers) or not all(1 <= one <= MOST_NUMBER for one in wish.numbers.values()):
        raise Invalid(
            _("A limit is a whole number from 1 to %(most)s.") % {"most": f"{MOST_NUMBER:,}"}, field="/numbers"
        )
    return settled(rule, severity=wish.severity, weight=wish.weight, is_on=wish.is_on, numbers=dict(wish.numbers))
