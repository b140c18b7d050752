"""Our road to the database: cursors used again, transactions begun and ended in one word, the errors Django knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)

from callcenter.foundation.asking import any_of
from callcenter.foundation.models import Heartbeat
from callcenter.foundation.postgres.base import DatabaseWrapper
from callcenter.foundation.postgres.pool import NewestFirstPool

pytestmark = pytest.mark.django_db(transaction=True)


def _one(sql: str, values: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def test_a_cursor_is_used_again_and_one_that_is_open_is_nobody_elses() -> None:
    assert isinstance(connections["default"], DatabaseWrapper)
    _one("SELECT 1")
    with connection.cursor() as first:
        first.execute("SELECT generate_series(1, 3)")
        real = first.cursor
        assert _one("SELECT 7") == 7  # meanwhile, by another
        assert first.fetchall() == [(1,), (2,), (3,)]
    with connection.cursor() as second:
        assert second.cursor is real
    with pytest.raises(InterfaceError):
        first.fetchall()


def test_who_read_in_binary_leaves_no_binary_cursor_behind() -> None:
    with connection.cursor() as cursor:
        cursor.cursor.format = psycopg.pq.Format.BINARY
        cursor.execute("SELECT 5")
        assert cursor.fetchone() == (5,)
    assert _one("SELECT '{\"a\": 1}'::jsonb") == '{"a": 1}'


def test_errors_are_djangos_and_end_the_transaction_alone() -> None:
    with pytest.raises(ProgrammingError):
        _one("SELECT nothing_of_the_kind")
    beat = {"kind": "x", "at": "2026-01-01T00:00Z"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Heartbeat.objects.bulk_create([Heartbeat(process="twin", **beat), Heartbeat(process="twin", **beat)])
    assert not Heartbeat.objects.filter(process="twin").exists()


def _beat_and_break() -> None:
    Heartbeat.objects.create(process="undone", kind="x", at="2026-01-01T00:00Z")
    Heartbeat.objects.create(process="kept", kind="x", at="2026-01-01T00:00Z")


def test_what_is_begun_is_kept_or_undone_as_a_whole() -> None:
    with transaction.atomic():
        Heartbeat.objects.create(process="kept", kind="x", at="2026-01-01T00:00Z")
        assert connection.connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        with pytest.raises(IntegrityError), transaction.atomic():
            _beat_and_break()
    assert connection.connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert set(Heartbeat.objects.values_list("process", flat=True)) >= {"kept"}
    assert not Heartbeat.objects.filter(process="undone").exists()


def test_what_only_the_end_refuses_is_refused_then() -> None:
    """A deferred constraint speaks at COMMIT: the error is the one it would be at any other statement."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO late VALUES (1), (1)")
    assert _one("SELECT count(*) FROM late") == 0


@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_connection_that_is_cut_is_said_to_be(at_the_end: bool) -> None:
    """By BEGIN and by COMMIT as by any statement; afterwards there is a new one."""
    pid = _one("SELECT pg_backend_pid()")
    with pytest.raises(OperationalError):
        _cut(pid, at_the_end=at_the_end)
    connection.close()
    assert _one("SELECT pg_backend_pid()") != pid


def _cut(pid: int, *, at_the_end: bool) -> None:
    """End the connection's server before the first statement of a transaction, or before its COMMIT."""
    if not at_the_end:
        _end(pid)
    with transaction.atomic():
        if at_the_end:
            _one("SELECT 1")
            _end(pid)


def _end(pid: int) -> None:
    params = connection.get_connection_params() | {"autocommit": True}
    with psycopg.connect(**params) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_the_connection_used_last_goes_out_first_and_the_one_unused_longest_is_closed() -> None:
    pool = NewestFirstPool(conninfo=_conninfo(), min_size=1, max_size=3)
    with pool:
        taken = [pool.getconn() for _ in range(3)]
        for one in taken:
            pool.putconn(one)
        first = pool.getconn()
        assert first is taken[2]
        pool.putconn(first)
        while not any(one.closed for one in taken):  # its first look may still find all of them in use
            pool._shrink_pool()
        assert [one.closed for one in taken] == [True, False, False]
        with pool.connection() as again:
            assert again is taken[2]


def _conninfo() -> str:
    params = connection.get_connection_params()
    return psycopg.conninfo.make_conninfo(
        **{name: params[name] for name in ("host", "port", "user", "dbname") if name in params}
    )


def test_who_listens_hears_every_statement(django_assert_num_queries: Any) -> None:
    heard: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        heard.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        _one("SELECT 1")
    assert heard == ["SELECT 1"]
    with django_assert_num_queries(2):
        _one("SELECT 1")
        _one("SELECT 2")


def test_an_instant_is_read_as_django_reads_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '2026-01-01 10:00:00.1+08'::timestamptz, '0044-03-15 12:00:00.000001+00'::timestamptz")
        assert cursor.fetchone() == (
            datetime(2026, 1, 1, 2, 0, 0, 100_000, tzinfo=UTC),
            datetime(44, 3, 15, 12, 0, 0, 1, tzinfo=UTC),
        )
        try:
            cursor.execute("SET TIME ZONE 'Asia/Shanghai'")
            cursor.execute("SELECT '2026-01-01 10:00:00+08'::timestamptz")
            # Django's loader gives a foreign session's clock the connection's zone: as it was, for better or worse.
            assert cursor.fetchone()[0].tzinfo is UTC
        finally:
            cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SELECT 'infinity'::timestamptz")
        with pytest.raises(DataError):
            cursor.fetchone()


@pytest.mark.parametrize(("right_side", "is_kept"), [("ANY(%s)", False), (any_of("oid"), True)])
def test_a_statement_that_hides_the_length_of_its_array_keeps_its_plan(right_side: str, is_kept: bool) -> None:
    asked = f"SELECT array_agg(relname::text) FROM pg_class WHERE oid = {right_side} -- {is_kept}"
    for _ in range(10):
        assert _one(asked, [[1259]]) == ["pg_class"]
    kept = _one("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE %s", [f"%-- {is_kept}"])
    assert (kept > 0) is is_kept
