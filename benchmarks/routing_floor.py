"""`python -m benchmarks.routing_floor`: a floor of 500 agents for the routing bench, in the database of the environment.

Prints one JSON object: the switch's key and the public ids of the agents. Run as a process of its own, so that the bench
itself needs no Django.
"""

from __future__ import annotations

import json
import random

import django

AGENTS, QUEUES, CUSTOMERS = 500, 10, 20_000


def main() -> None:
    django.setup()
    from callcenter.accounts.api_keys import SCOPES, create_key
    from callcenter.foundation.clock import db_now
    from callcenter.telephony.models import Trunk
    from customers.models import Customer, Identifier
    from routing.models import Agent, AgentSkill, Domain, Queue, Skill

    now, draw = db_now(), random.Random(2)  # the same floor each time
    domain = Domain.objects.create(key="main", name="Main")
    skills = [Skill.objects.create(key=f"skill-{n}", name_en=f"Skill {n}", name_zh=f"技能{n}") for n in range(QUEUES)]
    queues = [
        Queue.objects.create(
            domain=domain, key=f"queue-{n}", name_en=f"Queue {n}", name_zh=f"队列{n}",
            required={skill.key: 2}, wrap_up_mode="none",
        )
        for n, skill in enumerate(skills)
    ]  # fmt: skip
    agents = Agent.objects.bulk_create(
        Agent(
            domain=domain, key=f"{1000 + n}", name_en=f"Agent {n}", name_zh=f"坐席{n}", device="idle",
            contact=f"sip:{1000 + n}@desk.example",
        )
        for n in range(AGENTS)
    )  # fmt: skip
    able = [(agent, draw.sample(range(QUEUES), 3)) for agent in agents]  # three queues each
    AgentSkill.objects.bulk_create(
        AgentSkill(agent=agent, skill=skills[n], level=draw.randint(2, 5)) for agent, places in able for n in places
    )
    membership = Queue.members.through
    membership._default_manager.bulk_create(
        membership(queue_id=queues[n].pk, agent_id=agent.pk) for agent, places in able for n in places
    )
    people = Customer.objects.bulk_create(Customer(name=f"Customer {n}", created_at=now) for n in range(CUSTOMERS))
    Identifier.objects.bulk_create(
        Identifier(customer=person, kind="phone", value=f"+86138{n:08d}", valid_from=now)
        for n, person in enumerate(people)
    )
    Trunk.objects.create(key="bench", group="bench", domain="main")
    _, key = create_key(name="bench", scopes=list(SCOPES), domain="main", trunk="bench", now=now)
    print(json.dumps({"key": key, "agents": [f"a_{agent.pk}" for agent in agents]}))


if __name__ == "__main__":
    main()
