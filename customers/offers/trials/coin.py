"""Who is given a gift to stay and who is left as they are, by a coin with known odds. Pure and repeatable.

Nobody can see what a gift changes in a customer who got one; so of those whom it seems to pay one in ten goes without,
and of those whom it does not seem to pay one in ten gets it. A party keeps its number for half a year.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from customers.offers.cells import share

HOLDOUT = 0.10  # of those it seems to pay: left as they are
EXPLORED = 0.10  # of those it does not seem to pay: given it all the same


@dataclass(frozen=True, kw_only=True)
class Saved:
    """The share of customers like this one whom a gift keeps, and how sure that is."""

    value: float
    low: float
    high: float
    source: str  # entered | average | customer: a figure of people, of all trials, of customers alike
    model: int | None = None  # which card says so
    why: str = ""  # why nothing learned speaks: no_trial | few | unsure | none | old | slow | broken

    @property
    def is_shown(self) -> bool:
        """Nothing is claimed of a gift whose interval holds nought."""
        return self.source == "entered" or self.low > 0


@dataclass(frozen=True, kw_only=True)
class Toss:
    """One customer for whom a gift was thought of. `odds` of getting it, as they were."""

    odds: float
    given: bool
    code: str
    uplift: Saved
    facts: dict[str, float | str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {
            "odds": self.odds, "given": self.given, "code": self.code, "facts": dict(self.facts),
            "uplift": self.uplift.value, "source": self.uplift.source, "model": self.uplift.model,
        }  # fmt: skip


def odds_of(*, pays: bool) -> float:
    """The chance that the gift is named at all."""
    return 1 - HOLDOUT if pays else EXPLORED


def is_given(*, salt: str, party: str, day: date, odds: float) -> bool:
    """Without a salt nobody is drawn: what seems to pay is given."""
    if not salt:
        return odds >= 0.5
    return share(salt, "keep", party, f"{day.year}H{1 if day.month <= 6 else 2}") < odds
