"""`python -m callcenter.embedded start|stop|status`: the embedded servers by hand."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from callcenter.embedded import EmbeddedError, ensure_running, read_urls, stop_all
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
    pids = {"database": postgres_pid(var), "broker": valkey_pid(var)}
    urls = read_urls(var)
    return "\n".join(
        f"{name}: {f'runs as {pid}, {urls.get(name)}' if pid else 'not running'}" for name, pid in pids.items()
    )


if __name__ == "__main__":
    sys.exit(main())
