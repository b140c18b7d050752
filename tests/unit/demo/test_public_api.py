"""The client keeps asking with the same words while nobody answers, and stops where asking again is pointless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from callcenter.demo.public_api import Api, ApiAway, ApiRefused


def ask(
    answers: list[httpx.Response | Exception], what: Callable[[Api], Any], *, give_up_s: float = 5.0
) -> tuple[Any, list[httpx.Request]]:
    """Run one request against a server that gives these answers in turn, the last one for ever."""
    heard: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        answer = answers[min(len(heard), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run() -> Any:
        api = Api("http://product", "zk_x_y", give_up_s=give_up_s)
        api._client = httpx.AsyncClient(base_url="http://product/api/v1", transport=httpx.MockTransport(serve))
        async with api:
            return await what(api)

    return asyncio.run(run()), heard


def test_an_answer_is_its_body() -> None:
    body, heard = ask([httpx.Response(201, json={"call": 1})], lambda api: api.post("/calls", {"external_id": "x"}))
    assert (body, len(heard)) == ({"call": 1}, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("nobody there"),
        httpx.ReadTimeout("fell silent"),
        httpx.Response(503, json={"code": "unavailable"}),
        httpx.Response(429, json={"code": "rate_limited"}),
        httpx.Response(409, json={"code": "in_progress"}),
        httpx.Response(500, text="<html>"),
    ],
)
def test_trouble_is_asked_again_with_the_same_key(trouble: httpx.Response | Exception) -> None:
    answers = [trouble, trouble, httpx.Response(200, json={"ok": True})]
    body, heard = ask(answers, lambda api: api.post("/calls/c_1/enqueue", {"queue": "ps"}, once="x:enqueue"))
    assert body == {"ok": True}
    assert [request.headers["Idempotency-Key"] for request in heard] == ["x:enqueue"] * 3
    assert len({request.content for request in heard}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_a_refusal_is_final(status: int) -> None:
    answers: list[httpx.Response | Exception] = [httpx.Response(status, json={"code": "no", "detail": "It is over."})]
    with pytest.raises(ApiRefused, match=f"{status} no: It is over") as refused:
        ask(answers, lambda api: api.get("/calls/c_1"))
    assert (refused.value.status, refused.value.code) == (status, "no")


def test_who_stays_away_is_given_up() -> None:
    with pytest.raises(ApiAway, match="ConnectError"):
        ask([httpx.ConnectError("nobody")], lambda api: api.get("/sync"), give_up_s=0.1)
