"""The bank's floor: a queue a type, agents with the types they served. It shares no skill with the operator's.

Configuration, written before the replay; there is no address for it in the API yet. All traffic goes through the API.
"""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.demo.bank_log import KINDS
from callcenter.demo.operator.agents import AgentPlan
from callcenter.demo.operator.floor import build
from callcenter.demo.operator.queues import DOMAIN_NAME, QueuePlan
from callcenter.demo.replay.names import DOMAIN, agent_key, queue_of, skill_of

_NAMES_ZH = {"PS": "常规业务", "PE": "英语业务", "IN": "网络支持", "NE": "证券交易", "NW": "潜在客户", "TT": "留言回拨"}


def set_up(skills: Mapping[str, tuple[str, ...]]) -> None:
    """Domain, queues and agents for the names and types of one month. Doing it again adds what is new."""
    queues = [
        QueuePlan(
            key=queue_of(kind),
            name_en=f"Bank: {name}",
            name_zh=f"银行：{_NAMES_ZH[kind]}",
            required={skill_of(kind): 1},
            wrap_up_s=60,
        )
        for kind, name in KINDS.items()
    ]
    agents = [
        AgentPlan(
            key=agent_key(name), name_en=name.title(), name_zh=name.title(), team="bank",
            skills={skill_of(kind): 3 for kind in kinds},
        )
        for name, kinds in skills.items()
    ]  # fmt: skip
    build(
        domain=DOMAIN,
        name=DOMAIN_NAME,
        skills={skill_of(kind): (f"Bank: {name}", f"银行：{_NAMES_ZH[kind]}") for kind, name in KINDS.items()},
        teams={"bank": ("Bank", "银行")},
        queues=queues,
        agents=agents,
        people={},
    )
