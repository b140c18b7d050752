"""Who acts: a signed-in person or an API key, as one small value every room understands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person may do. An API key has no role; it has scopes."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    MARKETING = "marketing"
    ADMIN = "admin"
    AUDITOR = "auditor"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who acts now."""

    name: str  # "user:17" or "key:ab12cd34"; stands in events and audit rows
    role: Role | None = None  # None for API keys
    scopes: frozenset[str] = field(default_factory=frozenset)  # API keys only
    domain: str = ""  # the routing domain the principal is bound to
    agent_id: int | None = None  # routing.Agent of a person who takes calls
    trunk: str = ""  # the trunk an API key is bound to, "" for none
    heir_of: str = ""  # the first of the API keys that were rotated into this one; "" where this is it

    @property
    def sender(self) -> str:
        """By whom a repeated command is told from another's: a rotated key repeats what the one before it sent."""
        return self.heir_of or self.name


SYSTEM = Principal(name="system")
