"""What routing may know about a caller and about an agent: handed in by the hall, never read from another room. Pure."""

from __future__ import annotations

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

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "value_tier": self.value_tier,
            "language": self.language,
            "intent": self.intent,
            "open_complaint": self.open_complaint,
            "tags": list(self.tags),
        }
