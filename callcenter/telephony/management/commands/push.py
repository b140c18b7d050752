"""`manage.py push`: tell switches that can be called what to do next, for ever. Run two for safety: one waits."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection

from callcenter.telephony import bells
from callcenter.telephony.push import pusher
from callcenter.telephony.webhooks import sending

logger = logging.getLogger(__name__)

POLL_S = 1.0
REST_S = 0.01  # on a busy floor what comes within this moment is told in one turn
AWAY_S = 1.0


class Command(BaseCommand):
    help = "Send instructions to the push addresses of trunks (set with `manage.py set_push`)."
    requires_system_checks: list[str] = []  # starts in a blink after a crash

    def handle(self, *args: Any, **options: Any) -> None:
        # Not by async_to_sync: its loop lives in another thread, where no signal is heard.
        asyncio.run(_run())


async def _run() -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with sending.Clients() as clients:
        send = sending.sender(allowed=settings.WEBHOOK_ALLOW, clients=clients, attempt_s=pusher.ATTEMPT_S)
        made = pusher.Pusher(send=send)
        try:
            with bells.listening() as bell:
                while not stopping.is_set():
                    bell_rings = asyncio.ensure_future(bell.wait(POLL_S))
                    await _turn(made)
                    await asyncio.wait(
                        {bell_rings, ending := asyncio.ensure_future(stopping.wait())},
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    ending.cancel()
                    bell_rings.cancel()
                    await asyncio.sleep(REST_S)
        finally:
            made.stop()


async def _turn(made: pusher.Pusher) -> None:
    """One look; an absent database is asked again, under a fresh lock."""
    try:
        if await sync_to_async(pusher.take_lock, thread_sensitive=True)():
            await made.turn()
    except Error as error:
        logger.warning("the pusher lost the database", extra={"error": type(error).__name__})
        made.stop()
        await sync_to_async(connection.close, thread_sensitive=True)()
        await asyncio.sleep(AWAY_S)
