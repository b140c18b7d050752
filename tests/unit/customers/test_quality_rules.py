"""The library of rules: each has its words, its weight and a condition that names fields there are."""

from __future__ import annotations

import re

import pytest

from customers.imports.mapping import SYNONYMS
from customers.quality import rules


def test_there_are_enough_rules_each_once_and_in_both_languages() -> None:
    assert len(rules.RULES) >= 30
    assert len(rules.BY_CODE) == len(rules.RULES)
    for rule in rules.RULES:
        assert rule.en
        assert re.search("[一-鿿]", rule.zh)
        assert rule.severity in rules.SEVERITIES
        assert rule.weight > 0


def test_conditions_name_only_fields_that_records_have() -> None:
    known = {*SYNONYMS, "birth_year", "document_ok", "document_year"}
    for rule in rules.RULES:
        assert set(rules._FIELDS.findall(rule.applies + rule.holds)) <= known, rule.code


def test_the_rate_weighs_rules_and_leaves_out_what_did_not_apply() -> None:
    # name_present weighs 2 and fails for a quarter, title_known ½ and fails for all
    judged = {"name_present": (4, 1), "title_known": (2, 2), "qq_shape": (0, 0)}
    assert rules.rate(judged) == pytest.approx(1 - (2 * 0.25 + 0.5 * 1) / 2.5)
    assert rules.rate({"qq_shape": (0, 0)}) is None
