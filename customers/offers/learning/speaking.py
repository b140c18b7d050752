"""Models at the desk: asked within milliseconds, silent when odd, slow or broken. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter

from customers.offers.facts import Snapshot
from customers.offers.learning.features import columns_of, customer_facts, offer_facts
from customers.offers.learning.propensity import Propensity
from customers.offers.rule_table import Rule
from customers.offers.rules import Proposal

SLOWEST_S = 0.020  # a desk never waits longer for a guess


@dataclass(kw_only=True)
class Speaker:
    """The champions by action. `silent` says of every other action why the entered figures speak."""

    models: Mapping[str, Propensity] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)  # which model that is, for the log
    silent: dict[str, str] = field(default_factory=dict)

    def __call__(self, rule: Rule, proposal: Proposal, snapshot: Snapshot) -> float | None:
        """The chance of a yes that is kept; None where no model may speak. What fails once stays silent until reread."""
        model = self.models.get(rule.action)
        if model is None or rule.action in self.silent:
            return None
        began = perf_counter()
        try:
            facts = customer_facts(snapshot) | offer_facts(rule=rule.key, product=proposal.product, snapshot=snapshot)
            encoding = model.encoding
            chance = float(model.chances(columns_of([facts], (*encoding.numbers, *encoding.words)))[0])
        except (ArithmeticError, KeyError, TypeError, ValueError):
            self.silent[rule.action] = "broken"
            return None
        if perf_counter() - began > SLOWEST_S:
            self.silent[rule.action] = "slow"
        return chance if math.isfinite(chance) else None

    def spoke(self) -> dict[str, int | str]:
        """By action: the model that speaks, or why none does."""
        heard: dict[str, int | str] = {action: pk for action, pk in self.ids.items() if action not in self.silent}
        return {**self.silent, **heard}
