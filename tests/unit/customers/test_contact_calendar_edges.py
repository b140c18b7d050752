"""Around midnights, ends of months, leap days and changes of clocks a day is the day where the number is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from customers.offers.contact.facts import Ask, ConsentFact, PolicyFacts, Purpose, Touch
from customers.offers.contact.terms import shipped as shipped_rules
from customers.offers.contact_policy import decide
from tests.thorough import examples

ZONES = {"CN": ZoneInfo("Asia/Shanghai"), "GB": ZoneInfo("Europe/London"), "HK": ZoneInfo("Asia/Hong_Kong")}
EDGES = (
    "2026-01-31", "2026-02-28", "2026-03-29", "2026-04-30", "2026-10-25", "2026-11-30", "2026-12-31", "2028-02-28",
    "2028-02-29", "2028-03-01",
)  # fmt: skip
CALL = Ask(direction="out", channel="VOICE", purpose=Purpose.MARKETING)


@st.composite
def instants(draw: st.DrawFn) -> tuple[str, datetime]:
    """A region, and an instant within two hours of one of its midnights."""
    region = draw(st.sampled_from(sorted(ZONES)))
    day = datetime.fromisoformat(draw(st.sampled_from(EDGES))).replace(tzinfo=ZONES[region])
    return region, (day.astimezone(UTC) + timedelta(minutes=draw(st.integers(-120, 120)), days=draw(st.integers(0, 1))))


def denied(region: str, now: datetime, touched: datetime | None) -> set[str]:
    touches = () if touched is None else (
        Touch(at=touched, direction="out", channel="VOICE", action="", group="", by=frozenset({"party"}), until=None),
    )  # fmt: skip
    consent = ConsentFact(purpose="marketing", channel="any", state="granted", until=None)
    facts = PolicyFacts(
        resolved=True, known=True, birth_year=1980, consents=(consent,), touches=touches, regions=(region,)
    )
    verdict = decide(now=now, ask=CALL, facts=facts, rules=shipped_rules())
    return {one.rule for one in verdict.denials}


@given(at=instants(), back=st.integers(1, 26 * 60))
@settings(max_examples=examples(120), deadline=None)
def test_one_call_a_day_means_the_number_s_own_day(at: tuple[str, datetime], back: int) -> None:
    region, now = at
    touched = now - timedelta(minutes=back)
    same_day = touched.astimezone(ZONES[region]).date() == now.astimezone(ZONES[region]).date()
    more = denied(region, now, touched) - denied(region, now, None)
    assert ("voice_per_day" in more) == same_day


@given(at=instants())
@settings(max_examples=examples(60), deadline=None)
def test_the_quiet_of_night_is_the_night_of_the_number(at: tuple[str, datetime]) -> None:
    region, now = at
    assert not time(9) <= now.astimezone(ZONES[region]).time() < time(20)
    # a day nobody has decreed yet is no day to call on at any hour
    assert denied(region, now, None) & {"quiet_hours", "unknown_day"}
