"""Rows as statements: every value as Django would have sent it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from callcenter.foundation.rows import insertion, instance_of, stored
from routing.models import Call
from routing.states import CallState

NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)


def test_each_value_is_what_django_would_send() -> None:
    call = Call(
        id=UUID(int=7), domain_id=1, source="pbx", external_id="c-1", attributes="told as text", facts={"tags": []},
        state=CallState.QUEUED, arrived_at=NOW, queue_id=None,
    )  # fmt: skip
    fields = Call._meta.concrete_fields
    by_django = [field.get_db_prep_save(getattr(call, field.attname), connection) for field in fields]
    sent = stored(call, fields)
    assert [type(value) for value in sent] == [type(value) for value in by_django]
    for ours, theirs in zip(sent, by_django, strict=True):
        assert ours.obj == theirs.obj if isinstance(ours, Jsonb) else ours == theirs


def test_text_in_a_column_of_json_is_json() -> None:
    sql, values = insertion(Call(id=UUID(int=7), attributes="told as text"))
    assert '"attributes"' in sql
    assert [value.obj for value in values if isinstance(value, Jsonb) and value.obj] == ["told as text"]


def test_an_instance_of_a_row_is_what_django_would_have_made() -> None:
    names = [field.attname for field in Call._meta.concrete_fields]
    values = [f"value of {name}" for name in names]
    ours, theirs = instance_of(Call, names, values), Call.from_db("default", names, values)
    assert ours == theirs
    assert {name: getattr(ours, name) for name in names} == {name: getattr(theirs, name) for name in names}
    assert vars(ours).keys() == vars(theirs).keys()
    assert (ours._state.db, ours._state.adding) == (theirs._state.db, theirs._state.adding)
    assert ours._state.fields_cache is not instance_of(Call, names, values)._state.fields_cache
