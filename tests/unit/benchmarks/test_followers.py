"""A follower of the stream knows what it heard and goes on where it stood."""

from __future__ import annotations

import asyncio
import time

from benchmarks.followers import Follower, storm


def _frame(number: int, kind: str) -> bytes:
    return f"id: main:{number}\nevent: {kind}\ndata: {{}}\n\n".encode()


async def _serve(asked: list[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A stream of two events and a beat, then nothing."""
    asked.append(await reader.readuntil(b"\r\n\r\n"))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    writer.write(_frame(7, "call.arrived") + _frame(8, "call.queued") + _frame(12, "beat"))
    await writer.drain()
    await reader.read()
    writer.close()


def test_it_counts_what_it_missed_and_comes_back_where_it_stood() -> None:
    async def follow() -> tuple[Follower, list[bytes]]:
        asked: list[bytes] = []
        server = await asyncio.start_server(lambda r, w: _serve(asked, r, w), "127.0.0.1", 0)
        follower = Follower(port=server.sockets[0].getsockname()[1], key="zk_x")
        async with server:
            for _ in range(2):
                await storm([follower], seconds=5)
                while follower.cursor < 12:
                    await asyncio.sleep(0.01)
                follower.drop()
                await asyncio.sleep(0.05)  # the server hears of it
        return follower, asked

    follower, (first, second) = asyncio.run(follow())
    assert (follower.cursor, follower.heard) == (12, {7, 8})
    assert follower.missed([7, 8, 9]) == 1
    assert b"Last-Event-ID" not in first
    assert b"Last-Event-ID: main:12\r\n" in second
    reached = follower.level_at(8)
    assert reached is not None
    assert reached <= time.perf_counter()
