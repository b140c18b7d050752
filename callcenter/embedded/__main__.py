"""`python -m callcenter.embedded start|stop|status`: the embedded servers by hand."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from callcenter.embedded import EmbeddedError, database_url, ensure_running, stop_all
from callcenter.embedded.postgres import postgres_pid
from callcenter.embedded.valkey import valkey_pid


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m callcenter.embedded", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("VAR_DIR") or "var"), help="default: var")
    options = parser.parse_args(arguments)
    try:
        if options.command == "start":
            ensure_running(options.var)
        elif options.command == "stop":
            stop_all(options.var)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    print(status(options.var))
    return 0


def status(var: Path) -> str:
    """One line per server. The broker's address stays out of terminals: it holds a password."""
    database, broker = postgres_pid(var), valkey_pid(var)
    return "\n".join(
        (
            f"database: {f'process {database}, {database_url(var)}' if database else 'not running'}",
            f"broker: {f'process {broker}' if broker else 'not running'}",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
