"""Who takes the calls: Lin and Omar, whose desks are for people to sit at, and fourteen whom the demo plays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AgentPlan:
    """One agent. `login` is "" for those nobody can sign in as: live traffic plays them."""

    key: str
    name_en: str
    name_zh: str
    team: str
    skills: dict[str, int]  # skill key → level 1–5
    login: str = ""
    writes: int = 0  # conversations in writing at once


_SERVICE = {"general": 3, "billing": 3, "lang-zh": 5}
_SALES = {"general": 2, "sales": 3, "lang-zh": 5}
_TECHNICAL = {"general": 2, "technical": 3, "lang-zh": 5}
_ALL_ROUND = {
    "general": 3,
    "billing": 3,
    "sales": 3,
    "technical": 2,
    "complaints": 3,
    "retention": 3,
    "enterprise": 2,
    "lang-zh": 5,
}

AGENTS = (
    AgentPlan(key="1001", login="lin", name_en="Lin", name_zh="林静", team="service", writes=3,
              skills=_ALL_ROUND | {"lang-en": 3}),
    AgentPlan(key="1002", login="omar", name_en="Omar", name_zh="奥马尔", team="sales", writes=3,
              skills=_ALL_ROUND | {"lang-zh": 4, "lang-en": 5}),
    AgentPlan(key="1003", name_en="Zhou Min", name_zh="周敏", team="service", writes=2,
              skills=_SERVICE | {"complaints": 3}),
    AgentPlan(key="1004", name_en="Wu Hao", name_zh="吴昊", team="service", skills=_SERVICE),
    AgentPlan(key="1005", name_en="He Xin", name_zh="何欣", team="service", skills=_SERVICE | {"sales": 2}),
    AgentPlan(key="1006", name_en="Ma Li", name_zh="马丽", team="service", writes=2,
              skills=_SERVICE | {"complaints": 4, "lang-en": 3}),
    AgentPlan(key="1007", name_en="Xu Kai", name_zh="徐凯", team="service", skills=_SERVICE | {"technical": 2}),
    AgentPlan(key="1008", name_en="Sun Yue", name_zh="孙悦", team="service", skills=_SERVICE | {"retention": 2}),
    AgentPlan(key="1009", name_en="Gao Feng", name_zh="高峰", team="sales", skills=_SALES | {"retention": 4}),
    AgentPlan(key="1010", name_en="Luo Dan", name_zh="罗丹", team="sales", skills=_SALES | {"billing": 2}),
    AgentPlan(key="1011", name_en="Liang Bo", name_zh="梁波", team="sales", skills=_SALES | {"enterprise": 4, "lang-en": 4}),
    AgentPlan(key="1012", name_en="Tang Wei", name_zh="唐薇", team="sales", skills=_SALES | {"billing": 3, "retention": 3}),
    AgentPlan(key="1013", name_en="Feng Jie", name_zh="冯杰", team="technical", skills=_TECHNICAL),
    AgentPlan(key="1014", name_en="Cao Ying", name_zh="曹颖", team="technical", skills=_TECHNICAL | {"complaints": 2}),
    AgentPlan(key="1015", name_en="Peng Yu", name_zh="彭宇", team="technical", skills=_TECHNICAL | {"enterprise": 3}),
    AgentPlan(key="1016", name_en="Priya", name_zh="普里娅", team="service", skills=_SERVICE | {"lang-en": 5, "sales": 2}),
)  # fmt: skip

PLAYED = tuple(agent for agent in AGENTS if not agent.login)
