"""May we sell in this call? The table of the rules, and what must hold for any facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.offers.contact.terms import shipped
from customers.offers.contact_policy import ConsentFact, PolicyFacts, in_call
from customers.offers.wording import WARNINGS
from customers.results import Policy

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
YES = ConsentFact(purpose="marketing", channel="voice", state="granted")
NO = ConsentFact(purpose="marketing", channel="any", state="refused")
MRS_CHEN = PolicyFacts(birth_year=1968, consents=(YES,))


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def decide(*, facts: PolicyFacts, now: datetime) -> Policy:
    return in_call(facts=facts, now=now, rules=shipped())


def rules_of(facts: PolicyFacts) -> set[str]:
    return {warning.rule for warning in decide(facts=facts, now=NOW).warnings}


def test_with_consent_and_nothing_against_it_we_may() -> None:
    policy = decide(facts=MRS_CHEN, now=NOW)
    assert policy.may_sell
    assert policy.warnings == ()


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        (PolicyFacts(), {"unknown_consent"}),
        (PolicyFacts(resolved=False), {"unknown_caller"}),
        (PolicyFacts(resolved=False, do_not_call=True), {"unknown_caller", "do_not_call"}),
        (replace(MRS_CHEN, consents=(YES, NO)), {"no_marketing"}),
        (replace(MRS_CHEN, consents=(NO,)), {"no_marketing"}),
        (replace(MRS_CHEN, consents=(replace(NO, channel="sms"), YES)), set()),
        (replace(MRS_CHEN, consents=(replace(YES, channel="sms"),)), {"unknown_consent"}),
        (replace(MRS_CHEN, consents=(replace(YES, channel="any"),)), set()),
        (replace(MRS_CHEN, consents=(replace(YES, purpose="survey"),)), {"unknown_consent"}),
        (replace(MRS_CHEN, consents=(replace(YES, until=NOW),)), {"unknown_consent"}),
        (replace(MRS_CHEN, consents=(replace(YES, until=NOW + timedelta(seconds=1)),)), set()),
        (replace(MRS_CHEN, consents=(YES, replace(NO, until=ago(days=1)))), set()),
        (replace(MRS_CHEN, consents=(YES, replace(NO, purpose="profiling"))), {"no_profiling"}),
        (replace(MRS_CHEN, restricted=True), {"restricted"}),
        (replace(MRS_CHEN, do_not_call=True), {"do_not_call"}),
        (replace(MRS_CHEN, complaint_since=ago(days=40)), {"open_complaint"}),
        (replace(MRS_CHEN, vulnerable=True), {"vulnerable"}),
        (replace(MRS_CHEN, birth_year=2007), set()),
        (replace(MRS_CHEN, birth_year=2008), {"minor"}),  # 17 or 18: counts as 17
        (replace(MRS_CHEN, birth_year=None), set()),
        (replace(MRS_CHEN, contacts=(ago(days=1), ago(days=2))), set()),
        (replace(MRS_CHEN, contacts=(ago(days=1), ago(days=2), ago(days=6))), {"repeat_contact"}),
        (replace(MRS_CHEN, contacts=(ago(days=1), ago(days=2), ago(days=7))), set()),
        (replace(MRS_CHEN, pitches=(ago(days=1),)), set()),
        (replace(MRS_CHEN, pitches=(ago(days=1), ago(days=6))), {"pitch_cap"}),
        (replace(MRS_CHEN, pitches=(ago(days=1), ago(days=8))), set()),
        (replace(MRS_CHEN, refusals=(ago(days=1),)), set()),
        (replace(MRS_CHEN, refusals=(ago(days=1), ago(days=31))), {"cooling_off"}),
        (replace(MRS_CHEN, refusals=(ago(days=1), ago(days=32))), set()),
        (replace(MRS_CHEN, refusals=(ago(days=91), ago(days=100))), set()),
        (replace(MRS_CHEN, refusals=(ago(days=120), ago(days=160), ago(days=200))), {"cooling_off"}),
    ],
)
def test_the_table(facts: PolicyFacts, rules: set[str]) -> None:
    assert rules_of(facts) == rules
    assert decide(facts=facts, now=NOW).may_sell is not bool(rules)


def test_until_when() -> None:
    facts = replace(
        MRS_CHEN,
        birth_year=2010,
        contacts=(ago(days=1), ago(days=2), ago(days=3), ago(days=4)),
        pitches=(ago(days=1), ago(days=5)),
        refusals=(ago(days=10), ago(days=20), ago(days=60)),
    )
    until = {warning.rule: warning.until for warning in decide(facts=facts, now=NOW).warnings}
    assert until == {
        "minor": datetime(2029, 1, 1, tzinfo=UTC),
        "repeat_contact": ago(days=3) + timedelta(days=7),
        "pitch_cap": ago(days=5) + timedelta(days=7),
        "cooling_off": ago(days=10) + timedelta(days=180),  # three in ninety days outlast two in thirty
    }


def test_every_warning_has_its_sentence_in_both_languages() -> None:
    for facts in ANY_FACTS_EXAMPLES:
        for rule in rules_of(facts):
            assert WARNINGS[rule].en
            assert WARNINGS[rule].zh


ANY_FACTS_EXAMPLES = (
    PolicyFacts(resolved=False, do_not_call=True, restricted=True, vulnerable=True, birth_year=2015),
    PolicyFacts(consents=(NO, replace(NO, purpose="profiling")), complaint_since=ago(days=1)),
    replace(MRS_CHEN, contacts=(ago(days=1),) * 3, pitches=(ago(days=1),) * 2, refusals=(ago(days=1),) * 3),
    PolicyFacts(),
)

moments = st.lists(st.integers(0, 300).map(lambda days: ago(days=days)), max_size=6).map(
    lambda found: tuple(sorted(found, reverse=True))
)
consents = st.lists(
    st.builds(
        ConsentFact,
        purpose=st.sampled_from(["marketing", "profiling", "survey"]),
        channel=st.sampled_from(["voice", "any", "sms"]),
        state=st.sampled_from(["granted", "refused"]),
        until=st.sampled_from([None, ago(days=1), NOW + timedelta(days=1)]),
    ),
    max_size=4,
).map(tuple)
any_facts = st.builds(
    PolicyFacts,
    resolved=st.booleans(),
    restricted=st.booleans(),
    birth_year=st.sampled_from([None, 1950, 2007, 2008, 2020]),
    consents=consents,
    do_not_call=st.booleans(),
    complaint_since=st.sampled_from([None, ago(days=3)]),
    vulnerable=st.booleans(),
    contacts=moments,
    pitches=moments,
    refusals=moments,
)


@given(any_facts)
def test_no_grant_on_record_never_sells(facts: PolicyFacts) -> None:
    without = replace(facts, consents=tuple(c for c in facts.consents if c.state != "granted"))
    assert not decide(facts=without, now=NOW).may_sell


@given(any_facts, st.integers(0, 80))
def test_one_more_refusal_never_opens(facts: PolicyFacts, days: int) -> None:
    more = replace(facts, refusals=tuple(sorted((*facts.refusals, ago(days=days)), reverse=True)))
    assert decide(facts=facts, now=NOW).may_sell or not decide(facts=more, now=NOW).may_sell
