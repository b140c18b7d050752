"""Who calls whom among the customers: circles of a dozen with a few bridges, and two people with a new number.

Calls go to the finder of circles and are kept nowhere, as in production.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from callcenter.demo.operator.people import Person, customer_id
from customers.circles.renumbering import Talk

CIRCLE = 12
FRIENDS = 5
BRIDGE_SHARE = 0.08  # of the calls lead out of the circle
STRANGER_SHARE = 0.1
DAYS = 88
RENUMBERED = (30, 54)  # these have a second number, and talk with the same people
RENEWED_FROM = 20_000_000  # ids of the same people as second customers lie beyond everybody else's
FEWEST = 200  # in a smaller market nobody changes the number


def renewed(person: Person, *, seed: int) -> Person:
    """The same person as a customer of another number."""
    index = RENEWED_FROM + person.index
    number = f"+86198{Random(f'{seed}:{index}').randrange(10**8):08d}"
    return replace(person, id=customer_id(seed=seed, index=index), index=index, number=number, beside=(), tags=())


def talks(numbers: list[str], new: dict[int, str], *, seed: int) -> Iterator[Talk]:
    """Calls of the last weeks; `numbers` by index of person, `new` the second number of some, in use since mid-way."""
    rng = Random(f"{seed}:talks")
    for index, number in enumerate(numbers):
        first = index // CIRCLE * CIRCLE
        others = [one for one in range(first, min(first + CIRCLE, len(numbers))) if one != index]
        friends = rng.sample(others, min(FRIENDS, len(others)))
        for friend in friends:
            for _call in range(rng.randrange(2, 6)):
                at = -rng.random() * DAYS
                own = new[index] if index in new and at > -DAYS / 2 else number
                to = new[friend] if friend in new and at > -DAYS / 2 else numbers[friend]
                yield Talk(a=own, b=to, at=at) if rng.random() < 0.5 else Talk(a=to, b=own, at=at)
        if rng.random() < BRIDGE_SHARE * FRIENDS and index not in new:
            yield Talk(a=number, b=rng.choice(numbers), at=-rng.random() * DAYS)
        if rng.random() < STRANGER_SHARE:
            yield Talk(a=number, b=f"+86133{rng.randrange(10**8):08d}", at=-rng.random() * DAYS)
