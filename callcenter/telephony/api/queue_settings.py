"""What queues are set to: read, changed as versions, judged before they hold; and what pairing has come to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as site
from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

from callcenter.foundation import versions as fences
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.requests import QueueSettingsForm, SimulationForm
from routing import proving, queue_settings, tasks
from routing.operations.judging import ask_what_if
from routing.operations.queue_changes import change_queue
from routing.scoring.blocks import BLOCK_MIN, is_on
from routing.scoring.proof import Proof
from routing.what_if_queries import WhatIfPage, what_if_page

CYCLE_BLOCKS = 48  # of one day


class QueueSettings(ApiView):
    scope = "queues:read"
    scopes = {"PUT": "config:write"}

    @operation("queue_settings")
    def get(self, request: object, queue: str) -> HttpResponse:
        return answer(_stands(self.principal.domain, queue))

    @operation("queue_settings_set", request=QueueSettingsForm)
    def put(self, request: object, queue: str) -> HttpResponse:
        wish = self.body(QueueSettingsForm)

        def whole(now: datetime) -> tuple[int, Json]:
            change_queue(
                domain=self.principal.domain, queue=queue, settings=wish["settings"], why=wish["why"], now=now,
                actor=self.principal.name, expected=self.expected_version(),
            )  # fmt: skip
            return 200, _stands(self.principal.domain, queue)

        return self.command(whole, frozen=False)


class QueueVersions(ApiView):
    scope = "queues:read"

    @operation("queue_versions")
    def get(self, request: object, queue: str) -> HttpResponse:
        kept = queue_settings.versions(domain=self.principal.domain, key=_name(queue))
        rows = [
            {
                "number": one.number, "at": answers.instant(one.at), "by": one.by, "why": one.why,
                "changed": [asdict(changed) for changed in one.changed],
            }
            for one in kept
        ]  # fmt: skip
        return answer({"queue": queue, "versions": rows})


@extend_schema_view(post=operation("simulation_asked", request=SimulationForm))
class Simulations(ApiView):
    scope = "config:write"

    def post(self, request: object) -> HttpResponse:
        wish = self.body(SimulationForm)

        def whole(now: datetime) -> tuple[int, Json]:
            domain = self.principal.domain
            row = queue_settings.queue_named(domain=domain, key=wish["queue"])
            proposed = queue_settings.settings_of(row) | wish["settings"]
            number = ask_what_if(
                domain=domain, queue=row.key, settings=proposed, days=wish["days"], now=now, actor=self.principal.name
            )
            transaction.on_commit(lambda: tasks.play_what_if(number))
            return 202, {"simulation": _simulation(what_if_page(number=number, domain=domain))}

        return self.command(whole)


class Simulation(ApiView):
    scope = "queues:read"

    @operation("simulation")
    def get(self, request: object, simulation: int) -> HttpResponse:
        found = what_if_page(number=simulation, domain=self.principal.domain)
        return answer({"simulation": _simulation(found)})


class PairingReport(ApiView):
    scope = "queues:read"

    @operation("pairing_report")
    def get(self, request: object) -> HttpResponse:
        found = proving.reports(domain=self.principal.domain, now=db_now())
        return answer({"queues": [_report(one) for one in found]})


class PairingCycle(ApiView):
    scope = "queues:read"

    @operation("pairing_cycle")
    def get(self, request: object) -> HttpResponse:
        now, zone = db_now(), ZoneInfo(site.TIME_ZONE)
        first = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        starts = [first + timedelta(minutes=BLOCK_MIN * no) for no in range(CYCLE_BLOCKS)]
        queues = {
            one.queue: [is_on(at=at, queue=one.queue, zone=zone) for at in starts]
            for one in proving.reports(domain=self.principal.domain, now=now)
        }
        return answer({"from": answers.instant(first), "block_min": BLOCK_MIN, "queues": queues})


def _name(queue: str) -> str:
    if not queue.isprintable():
        raise NotFound(f"There is no queue {queue[:60]!r}.")
    return queue


def _stands(domain: str, queue: str) -> Json:
    row = queue_settings.queue_named(domain=domain, key=_name(queue))
    said = queue_settings.settings_of(row)
    last = row.versions.order_by("-number").values_list("number", flat=True).first()
    return {"queue": row.key, "settings": said, "number": last or 0, "version": fences.of_content(said)}


def _simulation(page: WhatIfPage) -> Json:
    segments: list[dict[str, Any]] = [
        {"name": one.name, "now": dict(one.now), "then": dict(one.then)} for one in page.segments
    ]
    return {
        "id": page.number, "queue": page.queue, "state": page.state, "done": round(page.done_share, 3),
        "asked_at": answers.instant(page.asked_at), "days": page.days, "calls": page.calls, "trouble": page.trouble,
        "changed": [asdict(one) for one in page.changed], "segments": segments,
    }  # fmt: skip


def _report(one: proving.PairingReport) -> Json:
    return {
        "queue": one.queue, "on_now": one.is_on_now, "trouble": str(one.trouble), "breached": list(one.breached),
        "resolved": _proof(one.resolved), "wait_s": _proof(one.wait_s), "left": _proof(one.left),
        "complaints": _proof(one.complaints), "unevenness": _proof(one.unevenness),
        "decided": [asdict(kind) for kind in one.decided],
    }  # fmt: skip


def _proof(one: Proof) -> Json:
    return asdict(one) | {"verdict": one.verdict}
