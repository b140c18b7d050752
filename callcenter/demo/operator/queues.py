"""The floor's lines of callers and what each asks of an agent. Keys are those that the menus transfer to."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "main"
DOMAIN_NAME = "Zhiyin Mobile 知音移动"


@dataclass(frozen=True, kw_only=True)
class QueuePlan:
    key: str
    name_en: str
    name_zh: str
    required: dict[str, int]  # skill key → least level 1–5
    head_start_s: int = 0
    wrap_up_s: int = 60
    strategy: str = "longest_idle"


SKILLS = {
    "general": ("General service", "综合服务"),
    "billing": ("Bills", "账务"),
    "sales": ("Plans and sales", "套餐与销售"),
    "technical": ("Broadband faults", "宽带报障"),
    "complaints": ("Complaints", "投诉处理"),
    "retention": ("Keeping customers", "客户挽留"),
    "enterprise": ("Business customers", "政企服务"),
    "lang-zh": ("Mandarin", "普通话"),
    "lang-en": ("English", "英语"),
}

QUEUES = (
    QueuePlan(key="general", name_en="General", name_zh="综合", required={"general": 1}),
    QueuePlan(key="billing", name_en="Bills", name_zh="账务", required={"billing": 1}),
    QueuePlan(key="sales", name_en="Plans", name_zh="套餐办理", required={"sales": 1}, strategy="paired"),
    QueuePlan(key="technical", name_en="Broadband", name_zh="宽带报障", required={"technical": 2}, strategy="paired"),
    QueuePlan(key="complaints", name_en="Complaints", name_zh="投诉", required={"complaints": 2}, head_start_s=90, wrap_up_s=120),
    QueuePlan(key="retention", name_en="Leaving", name_zh="挽留", required={"retention": 2}, head_start_s=60, wrap_up_s=90),
    QueuePlan(key="enterprise", name_en="Business", name_zh="政企", required={"enterprise": 2}, head_start_s=120, wrap_up_s=90),
)  # fmt: skip

TEAMS = {
    "service": ("Service", "服务组"),
    "sales": ("Sales", "销售组"),
    "technical": ("Technical", "技术组"),
}
