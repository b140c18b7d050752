"""Who calls, why, how patient they are and how long they talk: drawn from the bank's calibration. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from callcenter.demo.calibration import SLOT_S, Calibration
from callcenter.demo.operator import stories
from callcenter.demo.operator.history import CALL_CODES

UNKNOWN_SHARE = 0.08  # a number nobody has stored
WITHHELD_SHARE = 0.03
STORY_SHARE = 0.12  # people with a story call often, so that a demonstration meets them
REASONS = dict(CALL_CODES) | {"balance": 14, "services": 5, "buy_data": 9, "enterprise": 3, "broadband_speed": 2}
# Like life, but shorter, so that a dozen agents keep a lively floor.
TALK_PACE = 3.0
SHORTEST_TALK_S = 12.0


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One person about to call."""

    number: str  # "" withheld
    language: str
    reason: str
    patience_s: float
    talk_s: float
    redials_after_s: float | None  # if they give up


class Crowd:
    """Draws callers and the seconds between them. `population` is how many customers the market has."""

    def __init__(self, *, calibration: Calibration, population: int, market: int, today: date, rng: Random) -> None:
        self.calibration, self.population, self.market, self.today, self.rng = (
            calibration,
            population,
            market,
            today,
            rng,
        )

    def next_caller(self) -> Caller:
        number, language = self._person()
        rng, known = self.rng, self.calibration
        kind = rng.choices(list(known.kinds), list(known.kinds.values()))[0]
        return Caller(
            number=number,
            language=language,
            reason=rng.choices(list(REASONS), list(REASONS.values()))[0],
            patience_s=known.patience.draw(rng),
            talk_s=max(SHORTEST_TALK_S, known.handling[kind].draw(rng) / TALK_PACE),
            redials_after_s=known.redial_seconds.draw(rng) / TALK_PACE if rng.random() < known.redial_share else None,
        )

    def gap_s(self, *, mean_s: float, at: datetime) -> float:
        """Seconds until the next caller: Poisson, denser where the bank's day was, never asleep.

        The log's counts of this weekday and quarter of an hour against the weekday's mean, kept within half and one
        and a half: whoever shows the product at night wants to see calls too.
        """
        counts = self.calibration.arrivals[str(at.weekday())]
        mean = sum(counts) / len(counts)
        slot = (at.hour * 3600 + at.minute * 60) // SLOT_S
        density = min(1.5, max(0.5, counts[slot] / mean if mean else 1.0))
        return self.rng.expovariate(density / mean_s)

    def _person(self) -> tuple[str, str]:
        draw = self.rng.random()
        if draw < WITHHELD_SHARE:
            return "", "zh"
        if draw < WITHHELD_SHARE + UNKNOWN_SHARE:
            return f"+86198{self.rng.randrange(10**8):08d}", "zh"
        few = draw < WITHHELD_SHARE + UNKNOWN_SHARE + STORY_SHARE
        index = self.rng.randrange(len(stories.STORIES) if few else self.population)
        person = stories.person(seed=self.market, index=index, today=self.today)
        return person.number, person.language
