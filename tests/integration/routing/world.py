"""A small floor to tell stories on: one domain, a few queues, Lin and Omar, and a clock that the story moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from callcenter.foundation.models import Event
from routing import operations, queries
from routing.facts import CallerFacts
from routing.models import Agent, AgentSkill, Domain, Queue, Skill
from routing.results import CallView, ReservationView, SweepReport

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)


@dataclass
class World:
    """The clock stands at `now` until the story moves it."""

    domain: Domain
    now: datetime = START
    leases: dict[int, UUID] = field(default_factory=dict)

    # --- people and lines
    def queue(self, key: str = "billing", *, members: tuple[Agent, ...] = (), **settings: object) -> Queue:
        queue = Queue.objects.create(domain=self.domain, key=key, name_en=key, name_zh=key, **settings)
        queue.members.set(members)
        return queue

    def agent(self, key: str, *, skills: dict[str, int] | None = None, available: bool = True) -> Agent:
        agent = Agent.objects.create(domain=self.domain, key=key, name_en=key, name_zh=key, contact=f"sip:{key}@x")
        for skill, level in (skills or {}).items():
            AgentSkill.objects.create(agent=agent, skill=self.skill(skill), level=level)
        if available:
            self.sign_in(agent)
            self.ready(agent)
        return agent

    def skill(self, key: str) -> Skill:
        return Skill.objects.get_or_create(key=key, defaults={"name_en": key, "name_zh": key})[0]

    def sign_in(self, agent: Agent) -> None:
        lease = self.leases.setdefault(agent.pk, uuid4())
        operations.sign_in(agent_id=agent.pk, lease_id=lease, take_over=False, now=self.now, actor="story")

    def say(self, agent: Agent, presence: str, reason: str = "") -> None:
        operations.set_presence(agent_id=agent.pk, presence=presence, reason=reason, now=self.now, actor="story")

    def ready(self, agent: Agent) -> None:
        self.say(agent, "available")

    def pulse(self, *agents: Agent) -> None:
        for agent in agents:
            self.pulse_id(agent.pk)

    def pulse_id(self, agent_id: int) -> None:
        operations.pulse(agent_id=agent_id, lease_id=self.leases[agent_id], now=self.now)

    # --- time
    def later(self, seconds: float, *, awake: tuple[Agent, ...] = ()) -> None:
        """Let time pass; the desks of `awake` go on vouching for their people."""
        self.now += timedelta(seconds=seconds)
        self.pulse(*awake)

    # --- calls
    def arrive(self, *, external_id: str = "", channel: str = "voice", source: str = "trunk") -> CallView:
        call, _ = operations.arrive(
            call_id=uuid4(),
            domain=self.domain.key,
            source=source,
            external_id=external_id or f"x-{next(_numbers)}",
            channel=channel,
            direction="in",
            from_number="13800138000",
            from_e164="+8613800138000",
            to_number="95000",
            language="zh",
            attributes={},
            facts=CallerFacts(),
            customer_id=None,
            match_basis="withheld",
            now=self.now,
            actor="switch",
        )
        return call

    def waiting(self, queue: Queue, *, head_start_s: int = 0, channel: str = "voice") -> CallView:
        call = self.arrive(channel=channel)
        return operations.enqueue(
            call_id=call.id, queue=queue.key, head_start_s=head_start_s, facts=None, now=self.now, actor="switch"
        )

    def assign(self, only_call: UUID | None = None) -> list[ReservationView]:
        queue = None if only_call is None else queries.call(call_id=only_call).queue
        return operations.assign_waiting(domain=self.domain.key, now=self.now, only_call=only_call, queue=queue)

    def ringing(self, queue: Queue, **more: object) -> tuple[CallView, ReservationView]:
        """A caller for whom an agent is being rung."""
        call = self.waiting(queue, **more)  # type: ignore[arg-type]
        [held] = [made for made in self.assign() if made.call_id == call.id]
        return queries.call(call_id=call.id), held

    def accept(self, held: ReservationView) -> ReservationView:
        return operations.accept(reservation_id=held.id, agent_id=held.agent_id, now=self.now, actor="desk")

    def bridge(self, held: ReservationView) -> CallView:
        return operations.bridged(
            call_id=held.call_id,
            reservation_id=held.id,
            agent_id=held.agent_id,
            at=self.now,
            now=self.now,
            actor="switch",
        )

    def talking(self, queue: Queue, **more: object) -> tuple[CallView, ReservationView]:
        _, held = self.ringing(queue, **more)
        self.accept(held)
        return self.bridge(held), queries.reservation(reservation_id=held.id)

    def hang_up(self, call: CallView | ReservationView) -> CallView:
        call_id = call.id if isinstance(call, CallView) else call.call_id
        return operations.hang_up(call_id=call_id, now=self.now, actor="switch")

    def sweep(self) -> SweepReport:
        return operations.sweep(domain=self.domain.key, now=self.now)

    # --- looking
    def call(self, call: CallView | ReservationView) -> CallView:
        return queries.call(call_id=call.id if isinstance(call, CallView) else call.call_id)

    def held(self, held: ReservationView) -> ReservationView:
        return queries.reservation(reservation_id=held.id)

    def told(self, call: CallView | ReservationView) -> list[str]:
        call_id = call.id if isinstance(call, CallView) else call.call_id
        return [event.type for event in Event.objects.filter(call=call_id).order_by("seq_in_call")]
