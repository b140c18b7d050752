"""Browsers without a window: they sign in, open the live stream and read what comes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from callcenter.accounts.models import User

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Server:
    """One uvicorn process."""

    url: str
    process: subprocess.Popen[bytes]


def environment(**more: str) -> dict[str, str]:
    """What a product process needs to work on this test's database."""
    settings = connection.settings_dict
    user, name = settings["USER"] or os.environ.get("USER", "root"), settings["NAME"]
    place = urlencode(
        {"host": settings["HOST"], "port": settings["PORT"]} if settings["PORT"] else {"host": settings["HOST"]}
    )
    url = f"postgresql://{user}:{settings['PASSWORD']}@/{name}?{place}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "callcenter.settings", **more}


def sign_in(user: User) -> dict[str, str]:
    """The cookie of a browser in which this person has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"sessionid": session.session_key or ""}


@dataclass(frozen=True)
class Heard:
    """One server-sent event as a browser gets it."""

    event: str
    data: dict[str, Any]
    id: int | None


class Ear:
    """An open stream, read event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.heard = self._events()

    async def next(self, *kinds: str) -> Heard:
        """The next event of these kinds; of any kind but `beat` if none is named."""
        async for heard in self.heard:
            if heard.event in kinds or (not kinds and heard.event != "beat"):
                return heard
        raise EOFError("the server closed the stream")

    async def _events(self) -> AsyncIterator[Heard]:
        fields: dict[str, str] = {}
        async for line in self.response.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                seq = int(fields["id"]) if "id" in fields else None
                yield Heard(event=fields["event"], data=json.loads(fields["data"]), id=seq)
                fields = {}


@asynccontextmanager
async def listening(
    server: Server, cookies: dict[str, str], after: int | None = None, client: httpx.AsyncClient | None = None
) -> AsyncIterator[Ear]:
    """Open `/live/events` as a browser does."""
    query = "" if after is None else f"?after={after}"
    async with (
        client or httpx.AsyncClient(timeout=20) as http,
        http.stream("GET", f"{server.url}/live/events{query}", cookies=cookies) as response,
    ):
        assert response.status_code == 200, response.status_code
        yield Ear(response)
