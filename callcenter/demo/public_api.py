"""A client of the public API as a careful switch writes one: it retries with the same words until it is understood."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx

Json = dict[str, Any]

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
TRY_S = 12.0  # one try may take this long
GIVE_UP_S = 120.0  # the API has been away for this long


class ApiRefused(Exception):
    """The API understood and refused: repeating it would change nothing."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body.get('code', '')}: {body.get('detail', '')}")
        self.status = status
        self.code = str(body.get("code", ""))
        self.body = body


class ApiAway(Exception):
    """Nobody answered for two minutes."""


@dataclass(kw_only=True)
class Tally:
    """What the client went through."""

    requests: int = 0
    retries: int = 0
    seconds: list[float] = field(default_factory=list)  # of each answered request but the long polls
    away: list[str] = field(default_factory=list)  # kinds of failure met, in order of first meeting

    def quantile_s(self, share: float) -> float:
        """How long a request took, at this share of all; 0 before the first."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Api:
    """`async with Api(url, key) as api:` then `await api.post("/calls", {...})`.

    Every call answers the JSON body of a 2xx. Transport errors, 5xx, 429 and 409 `in_progress` are tried again, with
    the same Idempotency-Key, until GIVE_UP_S have passed (ApiAway). Any other answer raises ApiRefused.
    """

    def __init__(self, url: str, key: str, *, give_up_s: float = GIVE_UP_S) -> None:
        self.url = url.rstrip("/")
        self.give_up_s = give_up_s
        self.tally = Tally()
        self._client = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(TRY_S, pool=None),
            limits=httpx.Limits(max_connections=60, max_keepalive_connections=40),
        )

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, *, wait_s: float = 0.0, **params: str | int) -> Json:
        """`wait_s` is how long the server was asked to keep us waiting."""
        return await self._ask("GET", path, params=params, timeout=TRY_S + wait_s)

    async def post(self, path: str, body: Any, *, once: str = "") -> Json:
        """`once` is the Idempotency-Key: the same word for the same wish, however often it is sent."""
        return await self._ask("POST", path, json=body, headers={"Idempotency-Key": once} if once else {})

    async def put(self, path: str, body: Json) -> Json:
        return await self._ask("PUT", path, json=body)

    async def _ask(self, method: str, path: str, **request: Any) -> Json:
        deadline = time.monotonic() + self.give_up_s
        pause = FIRST_PAUSE_S
        while True:
            answer, trouble = await self._try(method, path, **request)
            if answer is not None and not _again(answer):
                return _body_or_refusal(answer)
            self._note(trouble or str(answer and answer.status_code))
            if time.monotonic() > deadline:
                raise ApiAway(f"{method} {path}: {self.tally.away[-1]} for {self.give_up_s:.0f} seconds.")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 1.7)

    async def _try(self, method: str, path: str, **request: Any) -> tuple[httpx.Response | None, str]:
        self.tally.requests += 1
        began = time.monotonic()
        try:
            answer = await self._client.request(method, path, **request)
        except httpx.TransportError as error:
            return None, type(error).__name__
        if "timeout" not in request:  # a long poll is slow because it was asked to be
            self.tally.seconds.append(time.monotonic() - began)
        return answer, ""

    def _note(self, trouble: str) -> None:
        self.tally.retries += 1
        if trouble not in self.tally.away:
            self.tally.away.append(trouble)


def _again(answer: httpx.Response) -> bool:
    if answer.status_code >= 500 or answer.status_code == 429:
        return True
    return answer.status_code == 409 and _json(answer).get("code") == "in_progress"


def _body_or_refusal(answer: httpx.Response) -> Json:
    body = _json(answer)
    if answer.is_success:
        return body
    raise ApiRefused(answer.status_code, body)


def _json(answer: httpx.Response) -> Json:
    try:
        body = answer.json() if answer.content else {}
    except ValueError:
        body = {}
    return body if isinstance(body, dict) else {}
