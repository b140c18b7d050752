"""Random questions to the contact policy: seeded, so that a mismatch can be looked at again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random

from customers.offers.contact import terms
from customers.offers.contact.facts import Ask, ConsentFact, Declined, PolicyFacts, Purpose, Touch

# Around midnights, month ends, the leap day of 2028, changes of clocks, make-up days, and the ends of calendars.
ANCHORS = (
    "2026-11-22T02:00+00:00", "2026-11-30T15:45+00:00", "2026-02-13T16:00+00:00", "2026-02-28T01:00+00:00",
    "2026-12-31T15:45+00:00", "2028-02-28T23:45+00:00", "2028-02-29T12:00+00:00", "2026-03-29T00:45+00:00",
    "2026-10-25T00:45+00:00", "2026-10-08T08:00+00:00", "2026-09-20T03:00+00:00", "2025-12-31T16:00+00:00",
)  # fmt: skip
REGIONS = ("CN", "GB", "HK", None, "ATLANTIS")
ACTIONS = ("", "data-5", "plan-79", "fibre")
RULES = terms.read_rules(
    {
        **json.loads(terms.SHIPPED.read_text(encoding="utf-8")),
        "conflicts": [{"a": "data-5", "b": "plan-79", "days": 20}],
    },
    version=7,
)


def case(random: Random) -> tuple[datetime, Ask, PolicyFacts]:
    """One question; all instants lie on quarters of an hour."""
    now = datetime.fromisoformat(random.choice(ANCHORS)).astimezone(UTC)
    now += timedelta(minutes=15 * random.randrange(-40, 40))

    def ago(days: float) -> datetime:
        exact = random.random() < 0.3  # just at the edge of a window
        back = (
            timedelta(days=random.choice((1, 7, 14, 30, 90, 180))) if exact else timedelta(days=random.random() * days)
        )
        minutes = int(back.total_seconds() // 900) * 15 - (15 if exact and random.random() < 0.3 else 0)
        return now - timedelta(minutes=minutes)

    many = random.random() < 0.5  # half of the cases have little behind them, so that some are allowed
    purpose = random.choice((*[Purpose.MARKETING] * 4, *Purpose))
    ask = Ask(
        direction=random.choice(("in", "out", "out")),
        channel=random.choice(("VOICE", "VOICE", "SMS", "EMAIL", "PUSH")),
        purpose=purpose,
        action=random.choice(ACTIONS),
        group=random.choice(("", "data")),
        list_at=random.choice((None, None, ago(2))),
        passes=frozenset(random.sample(("quiet_hours", "do_not_call", "unknown_consent"), random.randrange(3))),
    )
    consents = [
        ConsentFact(
            purpose=random.choice(("marketing", "marketing", "profiling")),
            channel=random.choice(("voice", "sms", "any", "mail")),
            state="refused" if random.random() < 0.2 else "granted",
            until=random.choice((None, None, now + timedelta(days=3), ago(9))),
        )
        for _ in range(random.randrange(4))
    ]
    if random.random() < 0.7:
        consents.append(ConsentFact(purpose="marketing", channel="any", state="granted"))

    def rare(share: float = 0.04) -> bool:
        return random.random() < share

    touches = tuple(
        Touch(
            at=ago(40), direction=random.choice(("out", "out", "in")), channel=random.choice(("VOICE", "SMS", "EMAIL")),
            action=random.choice(ACTIONS), group=random.choice(("", "data")),
            by=frozenset(random.sample(("party", "number", "household"), random.randrange(1, 4))),
            until=random.choice((None, None, now + timedelta(minutes=15 * random.randrange(-9, 90)))),
        )
        for _ in range(random.randrange(7) if many else random.randrange(2))
    )  # fmt: skip
    return now, ask, PolicyFacts(
        resolved=not rare(), known=not rare(), restricted=rare(), do_not_call=rare(), vulnerable=rare(),
        birth_year=random.choice((None, 1980, 1980, 1980, 2008)), consents=tuple(consents),
        complaint_since=ago(9) if rare() else None,
        complaints_closed=tuple((ago(200), random.choice(("", "marketing", "regulator"))) for _ in range(rare(0.15))),
        contacts=tuple(ago(12) for _ in range(random.randrange(5 if many else 2))),
        pitches=tuple(ago(12) for _ in range(random.randrange(4 if many else 2))),
        refusals=tuple(ago(200) for _ in range(random.randrange(4) if many else 0)),
        declined=tuple(
            Declined(at=ago(100), action=random.choice(ACTIONS), group=random.choice(("", "data")))
            for _ in range(random.randrange(4) if many else 0)
        ),
        touches=touches,
        bars=frozenset({"arrears"}) if rare() else frozenset(),
        regions=tuple(random.choices(REGIONS, (8, 2, 2, 0.4, 0.2), k=random.randrange(1, 3))),
    )  # fmt: skip
