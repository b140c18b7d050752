"""Run by bench_ivr_intake in a process of its own, on a fresh database: prints seconds as JSON."""

from __future__ import annotations

import json
import os
import random
import re
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import django

NODES = ("language", "main", "billing", "data", "plans", "more")
LOOKS_S = 3.0


def write(path: Path, events: int, now: datetime) -> int:
    """Calls of six to seven events each, in the order of time; how many calls."""
    draw = random.Random(10011)
    lines: list[tuple[datetime, str]] = []
    calls, start = 0, now - timedelta(days=40)
    while len(lines) < events:
        calls += 1
        start += timedelta(seconds=draw.random() * 4)
        at = start
        for place, kind in enumerate(("enter", "key", "enter", "key", "enter", draw.choice(("transfer", "hangup")))):
            at += timedelta(seconds=draw.random() * 8)
            lines.append(
                (at, f"c{calls},{at.isoformat()},{kind},{NODES[place // 2]},{place if kind == 'key' else ''}\n")
            )
    lines.sort()
    path.write_text("call,t,kind,node,key\n" + "".join(line for _, line in lines[:events]), encoding="utf-8")
    return calls


def bulk(events: int) -> tuple[float, int]:
    from callcenter import hall
    from callcenter.foundation.clock import db_now
    from ivr.intake.bulk import prepare

    path = Path(os.environ["VAR_DIR"]) / "log.csv"
    calls = write(path, events, db_now())
    began = time.perf_counter()
    job = hall.path_logs.run(
        job_id=prepare(path=path, source="bench", actor="bench", now=db_now()).pk,
        now=db_now(),
    )
    spent = time.perf_counter() - began
    assert job.stored == events == job.read, (job.stored, job.refused, job.duplicate)
    return spent, calls


def batch(name: str, calls: int, now: datetime) -> list[dict[str, object]]:
    return [
        {"external_id": f"{name}-{call}", "t": (now + timedelta(seconds=place)).isoformat(), "kind": kind, "node": node}
        for call in range(calls)
        for place, (kind, node) in enumerate(
            (
                ("enter", "language"),
                ("enter", "main"),
                ("enter", "billing"),
                ("enter", "queue_billing"),
                ("transfer", ""),
            )
        )
    ]


def api(batches: int) -> float:
    from django.test import Client

    from callcenter.accounts.api_keys import SCOPES, create_key
    from callcenter.foundation.clock import db_now
    from callcenter.telephony.models import Trunk

    now = db_now()
    Trunk.objects.create(key="bench-trunk", group="bench", domain="main")
    _, key = create_key(name="bench", scopes=list(SCOPES), domain="main", trunk="bench-trunk", now=now)
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def send(number: int) -> None:
        body = json.dumps(batch(f"b{number}", 10, now - timedelta(minutes=5)))
        answer = client.post("/api/v1/ivr/events", body, content_type="application/json")
        assert answer.status_code == 202, answer.content[:300]
        assert all(one["result"] == "stored" for one in answer.json()["results"])

    send(-1)  # the first request of a process reads every module of the product
    began = time.perf_counter()
    for number in range(batches):
        send(number)
    return time.perf_counter() - began


def live(seconds: int) -> float:
    """p99 of the seconds from the commit of an event to the end of the look that shows it."""
    from django.test import Client

    from callcenter.accounts.models import User
    from callcenter.foundation.clock import db_now
    from ivr.intake.operations import take
    from ivr.results import PathEventIn

    committed: list[float] = []
    seen: list[float] = []
    client = Client()
    client.force_login(User.objects.create(username="ada", role="supervisor"))

    def look() -> int:
        html = client.get("/floor/ivr/live/now/").content.decode()
        found = re.search(r'id="now-calls">([\d,]+)<', html)
        return int(found.group(1).replace(",", "")) if found else 0

    before = look()

    def tell() -> None:
        from callcenter.foundation.ids import uuid7

        due = time.perf_counter()
        while len(committed) < 100 * seconds:
            due += 0.1
            items = [
                PathEventIn(
                    call_id=uuid7(), source="live", external_id=f"l{len(committed) + n}", t=db_now(), kind="enter", node="main"
                )
                for n in range(10)
            ]  # fmt: skip
            take(items=items, now=db_now())
            committed.extend([time.perf_counter()] * 10)
            time.sleep(max(0, due - time.perf_counter()))

    teller = threading.Thread(target=tell)
    teller.start()
    while len(seen) < 100 * seconds:
        time.sleep(LOOKS_S)
        shown = look() - before
        seen.extend([time.perf_counter()] * (shown - len(seen)))
    teller.join()
    lags = sorted(at - told for at, told in zip(seen, committed, strict=False))
    return lags[int(0.99 * len(lags)) - 1]


def main(events: int, batches: int, live_s: int) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    from callcenter.foundation.clock import db_now
    from ivr.flows.operations import publish_shipped

    publish_shipped(now=db_now())
    spent, calls = bulk(events)
    print(json.dumps({"bulk": spent, "calls": calls, "api": api(batches), "lag": live(live_s)}))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
