"""One request to a receiver: one resolution, every address judged, the connection made to a judged address.

So a name that answers differently the second time (DNS rebinding) gains nothing. Redirects are not followed, proxies
of the environment are not asked, and neither a slow nor a talkative receiver gets more than its time and its bytes.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
from django.utils.translation import gettext_noop as _

from callcenter.foundation.addresses import found as found_in
from callcenter.telephony.webhooks import addresses
from callcenter.telephony.webhooks.addresses import Address, NotAllowed, Target

CONNECT_S = 5.0
ATTEMPT_S = 15.0
MOST_ANSWER_BYTES = 64 * 1024
_SHOWN = 160  # characters of an answer that the delivery log keeps

Resolve = Callable[[str, int], Awaitable[list[Address]]]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What is to be sent where."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of an attempt."""

    status: int | None  # None: no answer came
    result: str  # a sentence, or how the answer begins
    took_ms: int
    retry_after: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


Send = Callable[[Parcel], Awaitable[Reply]]


async def resolve(host: str, port: int) -> list[Address]:
    """Every address of a host, asked once. Raises OSError where there is none."""
    return found_in(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))


def sender(
    *, allowed: Sequence[str], clients: Clients, resolve: Resolve = resolve, attempt_s: float | None = None
) -> Send:
    """A way to send over these clients, an attempt within `attempt_s` (ATTEMPT_S). `allowed` as in addresses.read."""

    async def send(parcel: Parcel) -> Reply:
        began = time.monotonic()
        status, result, retry_after = None, "", ""
        longest_s = ATTEMPT_S if attempt_s is None else attempt_s
        try:
            async with asyncio.timeout(longest_s):
                target = addresses.read(parcel.url, allowed=allowed)
                address = await _judged(target, allowed=allowed, resolve=resolve)
                status, result, retry_after = await _ask(clients.of(target.host), target, address, parcel)
        except NotAllowed as why:
            result = why.sentence
        except TimeoutError:
            result = _("No complete answer in time.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            result = _why(error)
        took_ms = round((time.monotonic() - began) * 1000)
        return Reply(status=status, result=result, took_ms=took_ms, retry_after=retry_after)

    return send


class Clients:
    """One client per receiver's host, each without the environment's proxies, which would resolve the name again.

    Never one for all: a pool knows a connection by its address, and two hosts behind one address would share one whose
    certificate was checked for the first of them alone.
    """

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport  # for tests
        self._context = ssl.create_default_context()
        self._open: dict[str, httpx.AsyncClient] = {}

    def of(self, host: str) -> httpx.AsyncClient:
        if host not in self._open:
            self._open[host] = httpx.AsyncClient(
                timeout=httpx.Timeout(ATTEMPT_S, connect=CONNECT_S),
                verify=self._context,
                trust_env=False,
                follow_redirects=False,
                transport=self._transport,
            )
        return self._open[host]

    async def __aenter__(self) -> Clients:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._open.values():
            await client.aclose()


async def _judged(target: Target, *, allowed: Sequence[str], resolve: Resolve) -> Address:
    """The address to connect to. One that is not allowed among them refuses the whole name."""
    literal = addresses.literal_address(target.host)
    found = [literal] if literal is not None else await resolve(target.host, target.port)
    if not found:
        raise OSError(_("The host name has no address."))
    if not all(addresses.may_reach(one, host=target.host, allowed=allowed) for one in found):
        raise NotAllowed(_("The host name leads to an address that is not a public one. Nothing was sent."))
    return found[0]


async def _ask(client: httpx.AsyncClient, target: Target, address: Address, parcel: Parcel) -> tuple[int, str, str]:
    host = f"[{address}]" if address.version == 6 else str(address)
    stated = f"[{target.host}]" if ":" in target.host else target.host
    default = 443 if target.scheme == "https" else 80
    headers = parcel.headers | {"Host": stated if target.port == default else f"{stated}:{target.port}"}
    # The certificate is checked against the name, though the connection goes to the number.
    extensions = {"sni_hostname": target.host} if target.scheme == "https" else {}
    url = f"{target.scheme}://{host}:{target.port}{target.path}"
    async with client.stream("POST", url, content=parcel.body, headers=headers, extensions=extensions) as answer:
        began = await _first_bytes(answer)
        if 300 <= answer.status_code < 400:
            began = _("Redirects are not followed: enter the address that takes the events.")
        return answer.status_code, began, answer.headers.get("Retry-After", "")


async def _first_bytes(answer: httpx.Response) -> str:
    """How the answer begins, for the log; the rest is read up to a bound, so that the connection can be kept."""
    kept, read = b"", 0
    async for part in answer.aiter_raw():
        kept = kept[: 4 * _SHOWN] + part[: 4 * _SHOWN]
        read += len(part)
        if read > MOST_ANSWER_BYTES:
            break
    text = kept[: 4 * _SHOWN].decode("utf-8", "replace")
    return "".join(character if character.isprintable() else " " for character in text)[:_SHOWN].strip()


def _why(error: Exception) -> str:
    """A sentence for the delivery log; never the address behind a name."""
    if isinstance(error, socket.gaierror):
        return _("The host name is not known.")
    if isinstance(error, httpx.ConnectTimeout):
        return _("No connection in time.")
    if isinstance(error, httpx.ConnectError):
        text = str(error)
        if "CERTIFICATE" in text.upper():
            return _("The certificate of the receiver is not valid for its name.")
        return _("The receiver refused the connection, or TLS failed.")
    if isinstance(error, httpx.TimeoutException):
        return _("No answer in time.")
    return _("The connection broke before an answer came.")
