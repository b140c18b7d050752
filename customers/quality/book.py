"""The rules as they are set now, and how they were set before."""

from __future__ import annotations

from django.utils.translation import gettext as _

from callcenter.foundation.errors import NotFound
from customers.quality.models import RuleSetting
from customers.quality.rules import RULES, Rule, settled


def library() -> list[Rule]:
    """Every rule as it is set now, in the library's order."""
    newest = RuleSetting.objects.order_by("code", "-version").distinct("code")
    told = {row.code: row for row in newest}
    return [_as_set(rule, told.get(rule.code)) for rule in RULES]


def _as_set(rule: Rule, row: RuleSetting | None) -> Rule:
    if row is None:
        return settled(rule)
    known = {name: row.numbers.get(name, number) for name, number in rule.numbers.items()}
    return settled(
        rule, severity=row.severity, weight=row.weight, is_on=row.is_on, numbers=known,
        version=rule.version + row.version - 1,
    )  # fmt: skip


def find(*, code: str) -> Rule:
    """A rule as it is set. Raises NotFound."""
    found = next((rule for rule in library() if rule.code == code), None)
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def history(*, code: str) -> list[RuleSetting]:
    """How a rule was set, the newest first; empty where it stands as the library has it."""
    return list(RuleSetting.objects.filter(code=code).order_by("-version"))
