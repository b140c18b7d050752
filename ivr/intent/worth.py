"""What a menu of one's own could be worth at most, before anybody builds one. Pure.

With facts X known at arrival the bound on seconds falls from H(I)/λ to H(I|X)/λ: at most I(I;X)/λ is to be had, and never
more than that and the last position of a menu (Krause 1962; see ivr/optimiser/bound.py). I(I;X) is the model's held-out gain.
"""

from __future__ import annotations

from dataclasses import dataclass

from ivr.optimiser.bound import Numbers, rate
from ivr.paths.statistics import Z95

LEAST_SECONDS = 1.0  # of a call: below, nobody should build it


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Seconds a call that personalised menus could save at most, with the 95 % interval of the information."""

    seconds: float
    low: float
    high: float
    ceiling: float  # I/λ + the last position

    @property
    def is_worth_it(self) -> bool:
        return self.low >= LEAST_SECONDS


def worth(*, information: float, error: float, costs: Numbers) -> Worth:
    """`information` in nats, with its standard error; `costs` are seconds until each position of a menu is chosen."""
    per_nat = 1 / rate(costs)
    low, high = max(0.0, information - Z95 * error), information + Z95 * error
    return Worth(
        seconds=information * per_nat,
        low=low * per_nat,
        high=high * per_nat,
        ceiling=information * per_nat + float(costs[-1]),
    )
