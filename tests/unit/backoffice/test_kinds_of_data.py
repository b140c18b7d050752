"""What is handed out or erased is told in words: every table of ours says what stands in it."""

from __future__ import annotations

from django.apps import apps

from callcenter.backoffice.rights_words import kind_of_data, kinds_of_data

OURS = ("customers", "routing", "ivr", "console", "telephony", "accounts", "foundation")


def test_every_table_of_ours_is_told_in_words() -> None:
    tables = [model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models()]
    assert [table for table in tables if kind_of_data(table) == table] == []


def test_counts_of_one_kind_are_one_line_in_the_order_of_the_page() -> None:
    told = kinds_of_data({"customers_taglog": 2, "unheard_of": 1, "customers_identifier": 3, "customers_tagban": 1})
    assert told == [("Numbers and whatever else leads to the person", 3), ("Tags", 3), ("unheard_of", 1)]
