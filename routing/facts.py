"""What routing may know about a caller and about an agent: handed in by the hall, never read from another room. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class CallerFacts:
    """The caller as matching sees them: no name, no number, no protected attribute."""

    kind: str = "individual"  # individual | household | campus | enterprise
    value_tier: str = ""  # "" unknown, else diamond | gold | silver | standard
    language: str = ""  # BCP 47 of the caller, "" unknown
    intent: str = ""  # predicted reason of the call, "" unknown
    open_complaint: bool = False
    tags: tuple[str, ...] = field(default=())
    products: Mapping[str, float] = field(default_factory=dict)  # product group → how well it suits, 0–1
    refuses_automation: bool = False  # wants no automated decisions: always routed by plain rules

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "value_tier": self.value_tier,
            "language": self.language,
            "intent": self.intent,
            "open_complaint": self.open_complaint,
            "tags": list(self.tags),
        } | self._if_any()

    def _if_any(self) -> dict[str, object]:
        told: dict[str, object] = {}
        if self.products:
            told["products"] = dict(self.products)
        if self.refuses_automation:
            told["refuses_automation"] = True
        return told


def caller_types(facts: Mapping[str, object]) -> frozenset[str]:
    """What kinds of caller these stored facts say: enterprise, value:gold, intent:billing, complaint, tag:…"""
    tags = facts.get("tags")
    named = (("", facts.get("kind")), ("value:", facts.get("value_tier")), ("intent:", facts.get("intent")))
    types = {f"{prefix}{value}" for prefix, value in named if value}
    types |= {f"tag:{tag}" for tag in tags} if isinstance(tags, list) else set()
    return frozenset(types | ({"complaint"} if facts.get("open_complaint") else set()))
