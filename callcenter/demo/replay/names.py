"""What the bank's floor is called in the API. It stands beside the operator's in one domain and shares nothing. Pure."""

from __future__ import annotations

DOMAIN = "main"
TRUNK = "bank-switch"


def queue_of(kind: str) -> str:
    """The queue of a type of the log."""
    return f"bank-{kind.lower()}"


def agent_key(name: str) -> str:
    """The staff number of a first name of the log."""
    return f"bank-{name.lower()}"


def skill_of(kind: str) -> str:
    return f"bank-{kind.lower()}"
