"""Django's PostgreSQL backend, at a third of what it costs to send a statement.

A call is some forty statements, each of a tenth of a millisecond at the server; Django and psycopg spent three times that
on each: a fresh cursor with fresh adapters, a wrapper round every attribute, a generator for BEGIN and for COMMIT. Here
cursors are used again, and a transaction is begun and ended by one call of libpq. What is sent, when, and which errors
come back is as before; whoever listens to statements (`execute_wrapper`, the query log of tests) hears all of them.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, cast

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from django.db.backends.utils import CursorWrapper, debug_transaction
from django.utils.asyncio import async_unsafe
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.errors import error_from_result

_KEPT = 4  # cursors of a connection: more are seldom open at once
_LARGE = 1_000  # rows: a result of that size is let go of with its cursor


class Cursor(CursorWrapper):
    """One use of a cursor, which goes back to its connection afterwards."""

    cursor: Any

    def execute(self, sql: Any, params: Any = None) -> Any:
        if self.db.execute_wrappers:
            return super().execute(sql, params)
        if self.db.needs_rollback:
            self.db.validate_no_broken_transaction()
        try:
            return self.cursor.execute(sql) if params is None else self.cursor.execute(sql, params)
        except psycopg.Error:
            with self.db.wrap_database_errors:
                raise

    def fetchone(self) -> Any:
        try:
            return self.cursor.fetchone()
        except psycopg.Error:
            with self.db.wrap_database_errors:
                raise

    def fetchall(self) -> Any:
        try:
            return self.cursor.fetchall()
        except psycopg.Error:
            with self.db.wrap_database_errors:
                raise

    def close(self) -> None:
        used, self.cursor = self.cursor, _CLOSED
        if used is not _CLOSED:
            _put_back(used)


class _Closed:
    """What stands in a closed cursor's place: the real one may be in other hands by now."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise psycopg.InterfaceError("the cursor is closed")


_CLOSED = _Closed()


def _put_back(used: psycopg.Cursor[Any]) -> None:
    spare: list[Any] = used.connection.__dict__.setdefault("spare_cursors", [])
    if len(spare) < _KEPT and used.rowcount < _LARGE and not used.closed:
        used.format = pq.Format.TEXT  # whoever read in binary did so for themselves
        spare.append(used)
    else:
        used.close()


class Instants(Loader):
    """Instants as Django's loader reads them, by the interpreter's own parser: a row of ours has a dozen."""

    usual: type[BaseTzLoader]
    timezone: tzinfo | None = UTC  # Django compares it with the connection's

    def load(self, data: Buffer) -> datetime:
        try:
            found = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            found = None
        if found is None or found.tzinfo is not UTC:  # infinity, years before Christ, a session with a zone of its own
            found = self.usual(self.oid, self.connection).load(data)
        return found


@cache
def _adapters(usual: AdaptersMap) -> AdaptersMap:
    """Django's, with our reading of instants where they are told in UTC."""
    by_django = cast("type[BaseTzLoader]", usual.get_loader(usual.types["timestamptz"].oid, pq.Format.TEXT))
    if by_django.timezone is not UTC:
        return usual
    ours = AdaptersMap(usual)
    ours.register_loader("timestamptz", type("UtcInstants", (Instants,), {"usual": by_django}))
    return ours


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's. psycopg is always in autocommit mode: BEGIN and COMMIT are ours."""

    health_check_enabled: bool
    _thread_ident: int
    _connection_pools: dict[str, Any]
    _configure_connection: Callable[[psycopg.Connection[Any]], None]

    def get_connection_params(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().get_connection_params()
        return asked | {"context": _adapters(asked["context"])}

    @property
    def pool(self) -> Any:
        """As Django makes it, but newest first; of two threads that make it at once, one is kept."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if (pool := self._connection_pools.get(self.alias)) is None:
            from callcenter.foundation.postgres.pool import NewestFirstPool  # few processes share connections

            made = NewestFirstPool(
                kwargs=self.get_connection_params() | {"autocommit": True},
                configure=self._configure_connection,
                check=NewestFirstPool.check_connection if self.settings_dict["CONN_HEALTH_CHECKS"] else None,
                **options,
            )
            pool = self._connection_pools.setdefault(self.alias, made)
        return pool

    @async_unsafe
    def cursor(self) -> Any:
        if (
            self.connection is None
            or self.health_check_enabled
            or self.queries_logged
            or self._thread_ident != get_ident()
        ):
            return super().cursor()
        spare = self.connection.__dict__.get("spare_cursors")
        if spare:
            return Cursor(spare.pop(), self)
        with self.wrap_database_errors:
            return Cursor(self.create_cursor(), self)

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return CursorWrapper(cursor, self) if isinstance(cursor, psycopg.ServerCursor) else Cursor(cursor, self)

    def create_cursor(self, name: str | None = None) -> Any:
        if name and self.connection is not None:
            return self.connection.cursor(name, scrollable=False, withhold=self.autocommit)
        return super().create_cursor(name)

    def _start_transaction_under_autocommit(self) -> None:
        with debug_transaction(self, "BEGIN"), self.wrap_database_errors:
            self._said("BEGIN")

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection is not None and self.connection.autocommit != autocommit:
            with self.wrap_database_errors:
                self.connection.autocommit = autocommit

    def _commit(self) -> None:
        if self.connection is None:
            return
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
            if self.connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
                self._said("COMMIT")

    def _said(self, word: str) -> None:
        pgconn = self.connection.pgconn
        if pgconn.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError("the connection is lost")
        result = pgconn.exec_(word.encode())
        if result.status == pq.ExecStatus.COMMAND_OK:
            return
        if pgconn.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError(result.error_message.decode("utf-8", "replace") or "the connection is lost")
        raise error_from_result(result)
