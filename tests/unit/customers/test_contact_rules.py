"""The contact policy beside a slow one written apart; its data, its calendars, its edges."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from benchmarks import contact_cases, contact_reference
from customers.catalogue.reading import TariffRefused
from customers.offers.contact import calendars, terms
from customers.offers.contact.facts import Ask, ConsentFact, Declined, PolicyFacts, Purpose, Touch
from customers.offers.contact_policy import RULES, decide
from customers.offers.wording import WARNINGS
from tests.thorough import examples

DAYS = dict(calendars.shipped())
SHIPPED = terms.shipped()
GRANTED = ConsentFact(purpose="marketing", channel="any", state="granted")
ZHANG_SAN = PolicyFacts(birth_year=1980, consents=(GRANTED,), regions=("CN", "CN"))
CALL = Ask(direction="out")
BEIJING = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: Any = BEIJING) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def asked(now: datetime, facts: PolicyFacts = ZHANG_SAN, ask: Ask = CALL) -> dict[str, datetime | None]:
    verdict = decide(now=now, ask=ask, facts=facts, rules=SHIPPED)
    assert verdict.allowed is (not verdict.denials)
    return {denial.rule: denial.until for denial in verdict.denials}


TUESDAY = at("2026-11-24T10:00")


def test_the_policy_equals_the_slow_one() -> None:
    random = Random(20261122)
    answers = set()
    for number in range(2_000):
        now, ask, facts = contact_cases.case(random)
        verdict = decide(now=now, ask=ask, facts=facts, rules=contact_cases.RULES)
        slow = contact_reference.denials(now, ask, facts, contact_cases.RULES, DAYS)
        assert {denial.rule for denial in verdict.denials} == slow, number
        answers |= slow or {"allowed"}
    assert len(answers) > 25  # the cases reach nearly every rule, and yes


def test_the_next_allowed_instant_is_the_first() -> None:
    random = Random(7)
    found = 0
    while found < examples(12, least=4):
        now, ask, facts = contact_cases.case(random)
        verdict = decide(now=now, ask=ask, facts=facts, rules=contact_cases.RULES)
        if verdict.allowed or any(denial.until is None for denial in verdict.denials):
            continue
        slow = contact_reference.next_allowed(now, ask, facts, contact_cases.RULES, DAYS)
        assert verdict.next_allowed == slow
        found += slow is not None


def test_adding_a_rule_never_allows_more() -> None:
    random = Random(11)
    more = {**json.loads(terms.SHIPPED.read_text(encoding="utf-8"))}
    more["limits"] = [*more["limits"], {"id": "extra", "direction": "out", "channel": "ANY", "n": 1, "days": 60}]
    more["pauses"] = [*more["pauses"], {"over": "all", "n": 1, "days": 1, "pause": 200}]
    stricter = terms.read_rules(more, version=2)
    for _ in range(500):
        now, ask, facts = contact_cases.case(random)
        before = decide(now=now, ask=ask, facts=facts, rules=SHIPPED)
        after = decide(now=now, ask=ask, facts=facts, rules=stricter)
        assert before.allowed or not after.allowed


def test_office_hours_holidays_and_weekends_that_are_worked() -> None:
    assert asked(TUESDAY) == {}
    assert asked(at("2026-11-24T12:00")) == {"quiet_hours": at("2026-11-24T14:00")}  # [from, to)
    assert asked(at("2026-11-24T11:59:59")) == {}
    assert asked(at("2026-11-20T20:00")) == {"quiet_hours": at("2026-11-23T09:00")}  # Friday evening
    assert asked(at("2026-10-01T10:00")) == {"quiet_hours": at("2026-10-08T09:00")}  # National Day
    assert asked(at("2026-10-10T10:00")) == {}  # a Saturday that is worked
    assert asked(at("2027-01-04T10:00")) == {"unknown_day": None}  # next year is not published yet


def test_both_places_must_be_awake() -> None:
    abroad = replace(ZHANG_SAN, regions=("GB", "CN"))
    # 9:00 to 12:00 in London is 17:00 to 20:00 in Beijing in winter.
    assert asked(at("2026-11-24T16:59"), abroad) == {"quiet_hours": at("2026-11-24T17:00")}
    assert asked(at("2026-11-24T17:00"), abroad) == {}
    # In summer an hour earlier: the clocks of London went forward.
    assert asked(at("2026-06-24T16:00"), abroad) == {}
    assert asked(TUESDAY, replace(ZHANG_SAN, regions=(None, "CN"))) == {"unknown_region": None}
    assert asked(TUESDAY, replace(ZHANG_SAN, regions=())) == {"unknown_region": None}


def test_a_day_is_the_day_of_the_number_and_a_window_slides() -> None:
    late = replace(ZHANG_SAN, touches=(Touch(at=at("2026-11-23T19:50")),))
    assert asked(TUESDAY, late) == {}  # yesterday, though not a day ago
    early = replace(ZHANG_SAN, touches=(Touch(at=at("2026-11-24T09:10")),))
    assert asked(TUESDAY, early) == {"voice_per_day": at("2026-11-25T00:00")}
    twice = (Touch(at=at("2026-10-25T10:00")), Touch(at=at("2026-11-02T10:00")))
    assert asked(TUESDAY, replace(ZHANG_SAN, touches=twice)) == {}  # exactly thirty days: outside
    twice = (Touch(at=at("2026-10-25T10:01")), Touch(at=at("2026-11-02T10:00")))
    assert asked(TUESDAY, replace(ZHANG_SAN, touches=twice)) == {"voice_30d": at("2026-11-24T10:01")}


def test_by_party_and_by_number_apart_reservations_included() -> None:
    def touched(**by: Any) -> set[str]:
        touches = (Touch(at=at("2026-11-20T10:00"), **by), Touch(at=at("2026-11-19T10:00"), **by))
        return set(asked(TUESDAY, replace(ZHANG_SAN, touches=touches)))

    assert touched(by=frozenset({"number"})) == {"voice_30d"}
    assert touched(by=frozenset({"party"})) == {"voice_30d"}
    assert touched(by=frozenset({"household"})) == set()  # four in seven days are allowed there
    assert touched(until=TUESDAY + timedelta(minutes=1)) == {"voice_30d"}
    assert touched(until=TUESDAY) == set()  # the reservation ran out


def test_a_no_to_an_action_is_heard_longer_than_the_next_call() -> None:
    said = replace(ZHANG_SAN, declined=(Declined(at=at("2026-11-04T10:00"), action="data-5"),))
    assert asked(TUESDAY, said, replace(CALL, action="data-5")) == {"cooling_off": at("2026-12-04T10:00")}
    assert asked(TUESDAY, said, replace(CALL, action="plan-79")) == {}


def test_what_the_law_makes_us_tell_passes_named_rules_only() -> None:
    told = Ask(direction="out", purpose=Purpose.MANDATORY, passes=frozenset({"unknown_consent"}))
    silent = replace(ZHANG_SAN, consents=())
    assert asked(TUESDAY, silent) == {"unknown_consent": None}
    assert asked(TUESDAY, silent, told) == {}
    assert asked(at("2026-11-22T10:00"), silent, told) == {"quiet_hours": at("2026-11-23T09:00")}


def test_serving_and_telling_about_an_order_are_not_selling() -> None:
    barred = replace(ZHANG_SAN, consents=(), do_not_call=True, complaint_since=at("2026-11-20T10:00"))
    assert asked(TUESDAY, barred, Ask(direction="out", purpose=Purpose.SERVICE)) == {}
    assert asked(at("2026-11-22T10:00"), barred, Ask(direction="out", purpose=Purpose.TRANSACTIONAL)) == {}
    assert set(asked(at("2026-11-22T10:00"), barred, Ask(direction="out", purpose=Purpose.SERVICE))) == {"quiet_hours"}


def test_every_denial_has_its_words() -> None:
    limits = {limit.id for limit in SHIPPED.limits}
    assert limits <= set(WARNINGS)
    assert len({rule.key for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("limits", 0, "n"), 0, "limits"),
        (("limits", 0, "days"), 2, "counts one day"),
        (("limits", 1, "id"), "voice_per_day", "one id"),
        (("limits", 0, "colour"), "red", "colour"),
        (("hours", 0, "spans"), [["12:00", "09:00"]], "nobody could be reached"),
        (("hours", 0, "spans"), [["09:00", "12:00"], ["11:00", "14:00"]], "overlap"),
        (("hours", 0, "spans"), [["morning", "noon"]], "two times"),
        (("hours", 0, "spans"), [], "at least one span"),
        (("hours", 0, "channels"), ["PIGEON"], "PIGEON"),
        (("hours", 0, "channels"), ["SMS"], "nobody may ever be called"),
        (("pauses", 0, "over"), "everything", "over"),
        (("notices",), [{"region": "ATLANTIS", "holiday": ["2027-02-05"]}], "ATLANTIS"),
        (("notices",), [{"region": "CN", "holiday": ["5 February"]}], "days like"),
        (("notices",), [{"region": "CN", "holiday": ["2027-02-05"], "workday": ["2027-02-05"]}], "both a holiday"),
        (("notices",), [{"region": "CN", "holiday": ["2017-02-05"]}], "outside 2025-01-01"),
        (("notices",), [{"region": "CN", "decreed_to": "2037-12-31"}], "outside 2025-01-01"),
        (("notices",), [{"region": "CN", "holiday": ["2028-01-01"]}], "outside 2025-01-01"),
        (("notices",), [{"region": "CN", "off": ["2027-02-05"]}], "off"),
    ],
)
def test_rules_that_cannot_be_right_are_refused(path: tuple[Any, ...], value: Any, sentence: str) -> None:
    raw = json.loads(terms.SHIPPED.read_text(encoding="utf-8"))
    place = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(TariffRefused, match=sentence):
        terms.read_rules(raw, version=1)


def test_the_shipped_calendars_agree_with_their_source() -> None:
    holidays = pytest.importorskip("holidays")
    for region, calendar in DAYS.items():
        known = holidays.country_holidays(region, years=range(calendar.first.year, calendar.last.year + 1))
        day = calendar.first
        while day <= calendar.last:
            worked = day.weekday() < 5 or day in getattr(known, "weekend_workdays", ())
            expected: str | None = "holiday" if day in known else "workday" if worked else "weekend"
            if day in calendar.undecided:
                expected = None
            assert calendar.day_class(day) == expected, (region, day)
            day += timedelta(days=1)
        assert calendar.day_class(day) is None


def told(**notice: Any) -> terms.Rules:
    raw = json.loads(terms.SHIPPED.read_text(encoding="utf-8"))
    return terms.read_rules(raw | {"notices": [{"region": "CN"} | notice]}, version=1)


def test_a_notice_decides_the_days_it_names_and_all_others_up_to_its_end() -> None:
    shipped = DAYS["CN"]
    undecided = sorted(day for day in shipped.undecided if day > shipped.decreed_to)
    first, second, third = undecided[0], undecided[1], undecided[-1]
    weekend = date(2027, 3, 6)
    rules = told(decreed_to=str(second), holiday=[str(first)], workday=[str(weekend)])
    calendar = rules.calendars["CN"]
    assert [calendar.day_class(day) for day in (first, second, weekend, third)] == [
        "holiday",
        "workday",
        "workday",
        None,
    ]
    assert calendar.decreed_to == max(second, shipped.decreed_to)
    assert (shipped.day_class(first), shipped.day_class(weekend)) == (None, "weekend")  # others keep what was shipped
    assert rules.calendars["GB"] is DAYS["GB"]


def test_a_notice_reaches_past_the_end_of_the_calendar() -> None:
    last = DAYS["CN"].last
    calendar = told(decreed_to=str(last + timedelta(days=31))).calendars["CN"]
    assert calendar.day_class(last + timedelta(days=31)) in {"workday", "weekend"}
    assert calendar.day_class(last + timedelta(days=32)) is None


def test_a_day_that_a_notice_makes_a_working_day_is_called_on() -> None:
    day = min(day for day in DAYS["CN"].undecided if day > DAYS["CN"].decreed_to)
    now = at(f"{day}T10:00")
    answers = [
        decide(now=now, ask=CALL, facts=ZHANG_SAN, rules=rules).rule
        for rules in (SHIPPED, told(workday=[str(day)]), told(holiday=[str(day)]))
    ]
    assert answers == ["unknown_day", "", "quiet_hours"]


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    text = '{"region": "X", "zone": "UTC", "first": "2026-01-01", "last": "2026-12-31", "holiday": %s, "workday": %s}'
    assert calendars.read(text % ('["2026-05-01"]', "[]")).day_class(date(2026, 5, 1)) == "holiday"
    with pytest.raises(ValueError, match="both a holiday"):
        calendars.read(text % ('["2026-05-01"]', '["2026-05-01"]'))
    with pytest.raises(ValueError, match="lies outside"):
        calendars.read(text % ('["2027-05-01"]', "[]"))


def test_a_year_that_is_not_decreed_closes_the_days_near_festivals() -> None:
    """Spring Festival 2027 begins on 6 February; which weekdays around it are free nobody has published."""
    china = DAYS["CN"]
    assert china.decreed_to == date(2026, 12, 31)
    assert china.day_class(date(2027, 2, 6)) == "holiday"
    assert china.day_class(date(2027, 2, 11)) is None  # a Thursday: perhaps free, perhaps worked
    assert china.day_class(date(2027, 3, 10)) == "workday"
    assert china.day_class(date(2027, 3, 13)) == "weekend"
    assert china.day_class(date(2026, 10, 10)) == "workday"  # a Saturday worked for the National Day
