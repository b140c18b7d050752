"""PostgreSQL and Valkey from their wheels, for whoever has configured neither.

`ensure_running(var)` starts both under `var/` and writes their addresses to `var/embedded.json`; every other process
only reads that file (`read_urls`). The servers are daemons: they outlive the command that asked first and a crash of
any product process, until `stop_all(var)`.
"""

from __future__ import annotations

import json
from pathlib import Path

STATE = "embedded.json"


class EmbeddedError(Exception):
    """An embedded server could not be started or stopped; the message says what a person can do."""


def read_urls(var: Path) -> dict[str, str]:
    """Addresses of the embedded servers by name, `database` and `broker`; empty if none was ever started.

    Starts nothing and imports nothing heavy: the settings call it in every process.
    """
    try:
        urls: dict[str, str] = json.loads((var / STATE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EmbeddedError(f"{var / STATE} cannot be read ({error}): delete it and start again.") from None
    return urls


def database_url(var: Path) -> str | None:
    return read_urls(var).get("database")


def ensure_running(var: Path) -> dict[str, str]:
    """Start what is not running and return the addresses. Safe to call from several processes at once."""
    # Imported here, because read_urls must stay cheap for everyone else.
    from callcenter.embedded.postgres import ensure_postgres
    from callcenter.embedded.valkey import ensure_valkey

    return {"database": ensure_postgres(var), "broker": ensure_valkey(var)}


def stop_all(var: Path) -> None:
    """Stop both servers and wait until they are gone; data stays."""
    from callcenter.embedded.postgres import stop_postgres
    from callcenter.embedded.valkey import stop_valkey

    stop_valkey(var)
    stop_postgres(var)
