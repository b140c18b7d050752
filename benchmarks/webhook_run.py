"""`python -m benchmarks.webhook_run CALLS_PER_MINUTE`: four simulated hours of the courier. Prints one JSON object."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import django

if TYPE_CHECKING:
    from callcenter.telephony.webhooks.sending import Parcel, Reply

HOURS = 4
STEP_M = 5  # minutes between two looks; a failing receiver is asked every five at least
AWAY = "https://away.example.com/zhiyin"
OTHERS = tuple(f"https://receiver-{number}.example.com/zhiyin" for number in range(3))
OF_A_CALL = ("call.arrived", "call.queued", "reservation.created", "call.connected", "call.completed")
HANGS_S = 0.02  # real seconds that an attempt takes at the receiver that is away


@dataclass
class World:
    """Receivers, and a clock that moves when told to."""

    now: datetime
    away: bool = True
    asked: Counter[str] = field(default_factory=Counter)
    heard: dict[str, list[tuple[str, str, int]]] = field(default_factory=lambda: defaultdict(list))  # id, call, place
    at_once: int = 0
    most_at_once: int = 0

    async def send(self, parcel: Parcel) -> Reply:
        from callcenter.telephony.webhooks.sending import Reply

        self.asked[parcel.url] += 1
        if parcel.url == AWAY and self.away:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(HANGS_S)
            self.at_once -= 1
            return Reply(status=None, result="No connection within 5 seconds.", took_ms=5_000)
        told = json.loads(parcel.body)
        self.heard[parcel.url].append((told["id"], told["subject"], int(told["sequence"])))
        return Reply(status=204, result="", took_ms=1)


def main() -> None:
    django.setup()
    from callcenter.foundation.clock import db_now
    from callcenter.telephony.webhooks.models import WebhookEndpoint

    now = db_now()
    for url in (AWAY, *OTHERS):
        WebhookEndpoint.objects.create(domain="main", url=url, cursor=0, created_at=now, created_by="bench")
    world = World(now=now)
    late = sum(_step(world, STEP_M * int(sys.argv[1])) for _ in range(60 * HOURS // STEP_M))
    asked = world.asked[AWAY]
    world.away = False
    for _ in range(6):  # the probe comes within five minutes; what waited is then sent in full hands
        _step(world, 0)
    print(json.dumps(_told(world, asked) | {"late_elsewhere": late}))


def _step(world: World, calls: int) -> int:
    """One look: calls happen, the relay numbers their events, the courier walks. Events the others lack after it."""
    from asgiref.sync import async_to_sync

    from callcenter.foundation.models import Event
    from callcenter.live.publishing import publish
    from callcenter.telephony.webhooks.courier import Courier

    world.now += timedelta(minutes=STEP_M)
    Event.objects.bulk_create(
        Event(type=kind, at=world.now, domain="main", call=call, seq_in_call=place, actor="bench", data={})
        for call in [uuid4() for _ in range(calls)]
        for place, kind in enumerate(OF_A_CALL, start=1)
    )
    publish()
    async_to_sync(Courier(send=world.send, clock=lambda: world.now).round)(seconds=30)
    published = Event.objects.count()
    return sum(published - len(world.heard[url]) for url in OTHERS)


def _told(world: World, asked_while_away: int) -> dict[str, Any]:
    from callcenter.foundation.models import Event
    from callcenter.telephony.webhooks.courier import IN_FLIGHT

    every = {f"evt_{pk}" for pk in Event.objects.values_list("pk", flat=True)}
    heard = {url: [one[0] for one in told] for url, told in world.heard.items()}
    return {
        "events": len(every),
        "receivers": 1 + len(OTHERS),
        "asked_while_away": asked_while_away,
        "lost": len(every - set(heard[AWAY])),
        "lost_elsewhere": sum(len(every - set(heard[url])) for url in OTHERS),
        "repeated": sum(len(ids) - len(set(ids)) for ids in heard.values()),
        "out_of_order": sum(_out_of_order(told) for told in world.heard.values()),
        "slot_share": world.most_at_once / IN_FLIGHT,
    }


def _out_of_order(told: list[tuple[str, str, int]]) -> int:
    """Events heard after a later one of their call."""
    reached: dict[str, int] = {}
    wrong = 0
    for _, call, place in told:
        wrong += place < reached.get(call, 0)
        reached[call] = max(place, reached.get(call, 0))
    return wrong


if __name__ == "__main__":
    main()
