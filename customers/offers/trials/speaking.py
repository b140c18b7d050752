"""What a gift changes in one customer, asked within milliseconds; silent when odd, slow or broken. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

from customers.offers.learning.features import Facts
from customers.offers.rules import ENTERED
from customers.offers.trials.coin import Saved
from customers.offers.trials.saver import Saver

SLOWEST_S = 0.020  # a desk never waits longer for a guess


@dataclass(kw_only=True)
class Effect:
    """What a gift changes in one customer. What fails once stays silent until it is read again."""

    plain: Saved = ENTERED  # of a customer of whom nothing is known
    thirds: tuple[Saved, ...] = ()
    saver: Saver | None = None

    def __call__(self, facts: Facts) -> Saved:
        if self.saver is None or not self.thirds:
            return self.plain
        began = perf_counter()
        try:
            found = self.thirds[self.saver.third(facts)]
        except (ArithmeticError, KeyError, IndexError, TypeError, ValueError):
            self._silence("broken")
            return self.plain
        if perf_counter() - began > SLOWEST_S:
            self._silence("slow")
        return found

    def _silence(self, why: str) -> None:
        self.saver, self.plain = None, replace(self.plain, why=why)
