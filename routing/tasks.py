"""Routing's slow work: never on the way of a call."""

from __future__ import annotations

from celery import shared_task
from kombu.exceptions import OperationalError

from callcenter.foundation.clock import db_now
from routing.operations.judging import answer_what_if, nobody_to_play
from routing.operations.learning import train_scores
from routing.operations.pricing import solve_prices


@shared_task(name="routing.train_scores")
def train() -> dict[str, str]:
    """Learn what pairs are worth, once a day: a table older than a week is not used."""
    return train_scores(now=db_now())


@shared_task(name="routing.what_if", time_limit=1800)
def what_if(number: int) -> str:
    """Play the last days with proposed settings."""
    return answer_what_if(number=number, now=db_now())


def play_what_if(number: int) -> None:
    """Tell a worker; where the broker is away the question says so and can be asked again."""
    try:
        what_if.delay(number)
    except OperationalError:
        nobody_to_play(number=number)


@shared_task(name="routing.solve_prices")
def price() -> dict[str, str]:
    """What agents' time and callers are worth by who comes and who is there now. Asked for every five minutes."""
    return solve_prices(now=db_now())
