"""What the bank's floor is called in the API. Pure."""

from __future__ import annotations

DOMAIN = "bank"
TRUNK = "bank-switch"


def queue_of(kind: str) -> str:
    """The queue of a type of the log."""
    return kind.lower()


def agent_key(name: str) -> str:
    """The staff number of a first name of the log."""
    return name.lower()
