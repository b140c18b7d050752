"""Typed readers of the environment. A wrong value fails at start with a sentence a person can act on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class WrongSetting(Exception):
    """An environment variable is missing or cannot be read; the message names it and says what fits."""


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise WrongSetting(f"Set {name}: it has no default.")
    return value


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "default"}:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise WrongSetting(f"{name}={value!r} is not a yes or no: write 1 or 0.")


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise WrongSetting(f"{name}={value!r} is not a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def pairs(name: str) -> dict[str, str]:
    """`north=postgresql://… south=postgresql://…`, parted by spaces, as a dict."""
    found: dict[str, str] = {}
    for word in os.environ.get(name, "").split():
        key, sign, value = word.partition("=")
        if not (key and sign and value):
            raise WrongSetting(f"{name} holds {key!r} without a value: write NAME=ADDRESS, parted by spaces.")
        if key in found:
            raise WrongSetting(f"{name} names {key!r} twice: which one is meant?")
        found[key] = value
    return found


def path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).resolve()


def pulls(name: str) -> dict[str, dict[str, Any]]:
    """`{"crm": {"url": "postgresql://…", "query": "SELECT …", "mapping": {…}}}`; mapping, steps and kind may be left out."""
    try:
        told = json.loads(os.environ.get(name) or "{}")
        if all({"url", "query"} <= set(each) <= {"url", "query", "mapping", "steps", "kind"} for each in told.values()):
            return dict(told)
    except (ValueError, AttributeError, TypeError):
        pass
    raise WrongSetting(f'{name} must be JSON: {{"crm": {{"url": "postgresql://…", "query": "SELECT …"}}}}.')


def database(url: str) -> dict[str, object]:
    """Turn `postgresql://user:password@host:port/name?host=/socket/dir` into Django's settings.

    A `host` in the query wins, as in libpq: that is how a socket directory is written.
    Raises WrongSetting for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise WrongSetting(f"DATABASE_URL must start with postgresql://, not {parts.scheme or 'nothing'}://.")
    query = parse_qs(parts.query)
    return {
        "ENGINE": "callcenter.foundation.postgres",
        "NAME": unquote(parts.path.lstrip("/")) or "zhiyin",
        "USER": unquote(parts.username or query.get("user", [""])[0]),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or query.get("port", [""])[0]),
    }
