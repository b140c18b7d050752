"""`manage.py explain CALL [--agent KEY]`: why this agent, and why not another."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import routing.queries
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import read_uuid
from routing import explaining, reporting
from routing.reporting import ReservationLine


class Command(BaseCommand):
    help = "Say of each decision about a call who was considered, what removed them, and how the score came about."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("call", help="c_…")
        parser.add_argument("--agent", help="staff number: also say why this agent was not chosen, last time")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            call = routing.queries.call(call_id=read_uuid("c", options["call"]))
            held = [one for one in reporting.reservations_of(call_id=call.id) if one.because]
            names = {agent.id: f"{agent.key} {agent.name_en}" for agent in routing.queries.agents(domain=call.domain)}
            for number, one in enumerate(held, start=1):
                self._decision(number, one, names)
            if not held:
                self.stdout.write(f"No agent was held for this call; it is {call.state}.")
            elif options["agent"]:
                agent = routing.queries.agent_by_key(domain=call.domain, key=options["agent"])
                self.stdout.write(explaining.why_not(held[-1].because, agent.id).sentence(names[agent.id]))
        except Refused as refused:
            raise CommandError(refused.sentence) from None

    def _decision(self, number: int, held: ReservationLine, names: dict[int, str]) -> None:
        because: Mapping[str, Any] = held.because
        waited = because.get("waited_s")
        self.stdout.write(
            f"{number}. {held.created_at:%Y-%m-%d %H:%M:%S} UTC, {because.get('mode', '-')}, rule {because.get('rule', '-')},"
            f" queue {because.get('queue', '-')} version {because.get('version', 0)}, step {because.get('step', 0)},"
            f" waited {waited if waited is not None else '-'} s"
        )
        removed = ", ".join(f"{reason} {count}" for reason, count in (because.get("removed") or {}).items())
        self.stdout.write(
            f"   considered {because.get('considered', '-')}, eligible {because.get('eligible', '-')}; removed: {removed or '-'}"
        )
        for one in explaining.weighed(because):
            terms = ", ".join(f"{name} {value:g}" for name, value in one.terms.items())
            self.stdout.write(f"   {names.get(one.agent, one.agent)}: {one.score:g} = {terms}")
