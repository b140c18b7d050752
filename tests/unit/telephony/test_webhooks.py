"""Webhooks, the pure part: signatures, the schedule of tries, and where we never connect to."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.telephony.webhooks import addresses, schedule, sending, signing
from callcenter.telephony.webhooks.addresses import NotAllowed
from callcenter.telephony.webhooks.sending import Parcel

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


# --- signatures -----------------------------------------------------------------------------------------------------
def test_the_published_example_of_standard_webhooks() -> None:
    """Secret, message and signature as the specification's reference libraries test them."""
    signed = signing.signature(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_endpoint_and_generation_has_a_secret_of_its_own() -> None:
    made = {
        signing.secret(master=master, endpoint=endpoint, generation=generation)
        for master in ("a", "b")
        for endpoint in ("e1", "e2")
        for generation in (1, 2)
    }
    assert len(made) == 8
    assert all(one.startswith("whsec_") for one in made)


def test_during_a_rotation_both_secrets_sign() -> None:
    old, new = (signing.secret(master="m", endpoint="e", generation=n) for n in (1, 2))
    stated = signing.headers(secrets=[new, old], message_id="evt_1", at=AT, body=b"{}")["webhook-signature"].split()
    assert stated == [signing.signature(secret=one, message_id="evt_1", at=AT, body=b"{}") for one in (new, old)]


# --- when -----------------------------------------------------------------------------------------------------------
def test_ten_tries_over_three_days() -> None:
    assert schedule.TRIES == 10
    total = sum(schedule.GAPS, timedelta())
    assert timedelta(hours=75) < total < schedule.GIVE_UP_AFTER
    assert schedule.next_try(tries=10) is None


@given(st.integers(1, 9))
def test_a_wait_is_jittered_by_a_fifth(tries: int) -> None:
    gap, plain = schedule.next_try(tries=tries), schedule.GAPS[tries - 1]
    assert gap is not None
    assert plain * 0.8 <= gap <= plain * 1.2


@given(st.integers(0, 10_000))
def test_a_probe_comes_within_six_minutes(failures: int) -> None:
    assert timedelta(seconds=4) <= schedule.next_probe(failures=failures) <= timedelta(minutes=6)


@pytest.mark.parametrize(
    ("stated", "wait"),
    [
        ("120", 120),
        ("0", 0),
        ("86400", 3600),
        ("", None),
        ("Wed, 21 Oct", None),
        ("-5", None),
        ("٣", None),
        ("9" * 30, None),
    ],
)
def test_what_a_receiver_asks_is_obeyed_for_an_hour_at_most(stated: str, wait: int | None) -> None:
    assert schedule.obeyed(stated) == (None if wait is None else timedelta(seconds=wait))


# --- where ----------------------------------------------------------------------------------------------------------
INSIDE = (
    "0.0.0.0 127.0.0.1 127.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.1 "
    "192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
    ":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 "
    "2002:7f00:1:: 2002:a00:1:: 2001::1 2001:db8::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff0e::1 100::1"
).split()


@pytest.mark.parametrize("text", INSIDE)
def test_no_address_of_any_inside_is_public(text: str) -> None:
    assert not addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "223.5.5.5", "2606:4700:4700::1111", "2400:3200::1"])
def test_public_addresses_are(text: str) -> None:
    assert addresses.is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "//example.com", "example.com", "https://", "https:///x", "javascript:1",
        "https://user:pw@example.com/", "https://user@example.com/", "https://example.com/#top", "https://example.com:22/",
        "https://example.com:99999/", "https://[::1/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://10.1.2.3:8443/", "https://localhost/", "https://localhost./", "https://intranet/", "https://db.internal/",
        "https://printer.local/", "https://x.localhost/", "https://example.com/a b", "https://exämple.com/",
        "https://example.com\\@10.0.0.1/", "https://example.com/\r\nHost: x", "https://169.254.169.254/latest/meta-data",
        "https://example.com/" + "a" * 500,
    ],
)  # fmt: skip
def test_urls_that_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        addresses.read(url, allowed=())
    assert refused.value.sentence.endswith(".")


def test_a_public_receiver_and_one_that_the_installation_allows() -> None:
    target = addresses.read("https://hooks.example.com:8443/zhiyin?x=1", allowed=())
    assert (target.host, target.port, target.path) == ("hooks.example.com", 8443, "/zhiyin?x=1")
    assert addresses.read("http://crm:8080/in", allowed=["crm"]).port == 8080
    assert addresses.read("http://10.1.2.3:8080/in", allowed=["10.1.0.0/16"]).host == "10.1.2.3"
    with pytest.raises(NotAllowed):
        addresses.read("http://10.2.2.3:8080/in", allowed=["10.1.0.0/16"])


# --- sending --------------------------------------------------------------------------------------------------------
def _answer(status: int, body: bytes = b"", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, stream=httpx.ByteStream(body), headers=named)


def _send(url: str, *, found: list[str], answer: Any = None) -> tuple[Any, list[httpx.Request]]:
    """The reply, and the requests that left the house."""
    left: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        left.append(request)
        return answer or _answer(204)

    async def resolve(host: str, port: int) -> list[Any]:
        if not found:
            raise socket.gaierror(-2, "Name or service not known")
        return [ip_address(text) for text in found]

    async def story() -> Any:
        async with sending.Clients(transport=httpx.MockTransport(take)) as clients:
            send = sending.sender(allowed=(), clients=clients, resolve=resolve)
            return await send(Parcel(url=url, body=b"{}", headers={"webhook-id": "evt_1"}))

    return asyncio.run(story()), left


def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    reply, left = _send("https://hooks.example.com/zhiyin?x=1", found=["93.184.216.34"])
    assert reply.taken
    assert str(left[0].url) == "https://93.184.216.34/zhiyin?x=1"
    assert left[0].headers["Host"] == "hooks.example.com"
    assert left[0].extensions["sni_hostname"] == "hooks.example.com"
    assert left[0].headers["webhook-id"] == "evt_1"


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.5"], ["::ffff:169.254.169.254"], ["fd00::1"]]
)
def test_a_name_that_leads_inside_gets_nothing(found: list[str]) -> None:
    """`https://127.1/`, `0x7f000001` and rebinding names all end here: at what they resolve to."""
    reply, left = _send("https://rebind.example.com/", found=found)
    assert not left
    assert "not a public one" in reply.result


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433.example", "0177.0.0.1"])
def test_odd_spellings_of_the_loopback_are_judged_by_what_they_mean(host: str) -> None:
    reply, left = _send(f"https://{host}/", found=["127.0.0.1"])
    assert not left
    assert reply.status is None


def test_redirects_are_not_followed() -> None:
    reply, left = _send(
        "https://hooks.example.com/", found=["93.184.216.34"], answer=_answer(302, Location="http://10.0.0.1/")
    )
    assert (len(left), reply.taken, reply.status) == (1, False, 302)
    assert "not followed" in reply.result


def test_what_the_log_keeps_of_an_answer_is_short_and_printable() -> None:
    answer = _answer(500, b"no\r\n\x00such " + b"x" * 100_000, Retry_After="7")
    reply, _ = _send("https://hooks.example.com/", found=["93.184.216.34"], answer=answer)
    assert reply.result.startswith("no")
    assert reply.result.isprintable()
    assert len(reply.result) <= 160
    assert reply.retry_after == "7"


def test_an_unknown_host_is_a_sentence() -> None:
    reply, left = _send("https://nowhere.example.com/", found=[])
    assert not left
    assert reply.result == "The host name is not known."


def test_a_receiver_that_trickles_is_cut(monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_S", 0.3)

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def story() -> Any:
        server = await asyncio.start_server(trickle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with sending.Clients() as clients:
            send = sending.sender(allowed=["127.0.0.1"], clients=clients)
            reply = await send(Parcel(url=f"http://127.0.0.1:{port}/", body=json.dumps({}).encode(), headers={}))
        server.close()
        return reply

    reply = asyncio.run(story())
    assert reply.status is None
    assert reply.result == "No complete answer in time."
    assert reply.took_ms < 2_000
