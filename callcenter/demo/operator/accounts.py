"""Who can sign in: one person a role, and the agents. Passwords are drawn once per installation and kept in `var/`."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from callcenter.foundation.principal import Role

KEPT_IN = "demo-logins.json"
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "jade", "kelp", "lotus", "maple",
         "north", "ocean", "pearl", "quartz", "river", "stone", "tulip", "umber", "valley", "willow", "yarrow")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LoginPlan:
    username: str
    name: str
    role: Role
    language: str = "en"


LOGINS = (
    LoginPlan(username="lin", name="林静 Lin", role=Role.AGENT, language="zh-hans"),
    LoginPlan(username="omar", name="Omar", role=Role.AGENT),
    LoginPlan(username="ada", name="Ada", role=Role.SUPERVISOR),
    LoginPlan(username="wei", name="Wei", role=Role.ANALYST),
    LoginPlan(username="mei", name="Mei", role=Role.MARKETING),
    LoginPlan(username="root", name="Root", role=Role.ADMIN),
    LoginPlan(username="sun", name="Sun", role=Role.AUDITOR),
)


def passwords(var: Path) -> dict[str, str]:
    """User name → password of this installation, drawn at the first call and the same ever after."""
    path = var / KEPT_IN
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text("utf-8"))
    else:
        kept = {}
    missing = [login.username for login in LOGINS if login.username not in kept]
    if missing:
        kept |= {username: _password() for username in missing}
        write_private(path, json.dumps(kept, indent=1) + "\n")
    return kept


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


def _password() -> str:
    """Three words and a number: about 30 bits, for a demonstration on a loopback address with a lock-out."""
    return "-".join(secrets.choice(WORDS) for _ in range(3)) + f"-{secrets.randbelow(90_000) + 10_000}"
