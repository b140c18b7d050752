"""The keys by which the demo's own switch and replay come in through the public API, kept in `var/` for the next start."""

from __future__ import annotations

import json
from datetime import datetime

from django.conf import settings

from callcenter.accounts.api_keys import create_key
from callcenter.accounts.models import ApiKey
from callcenter.demo.operator.accounts import write_private
from callcenter.telephony.models import Trunk

KEPT_IN = "demo-keys.json"
SWITCH_SCOPES = [
    "calls:read", "calls:write", "events:read", "events:write", "reservations:read", "reservations:write",
    "agents:read", "agents:write", "queues:read", "ivr:write", "trunks:write", "decisions:read",
    "surveys:read", "surveys:write",
]  # fmt: skip


TRUNK = "demo-switch"  # of the demo's own traffic, and of whoever tries the first calls without it


def make_trunk(*, trunk: str, domain: str) -> None:
    """The switch itself, where it is missing; its dialect is whatever somebody has chosen since."""
    Trunk.objects.update_or_create(key=trunk, defaults={"group": trunk, "domain": domain, "name": f"Demo: {trunk}"})


def switch_key(*, trunk: str, domain: str, now: datetime) -> str:
    """The full text of the key of one trunk; made with its trunk where missing, revoked or expired."""
    make_trunk(trunk=trunk, domain=domain)
    path = settings.VAR_DIR / KEPT_IN
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if trunk in kept and _works(kept[trunk], domain, now):
        return kept[trunk]
    _, text = create_key(name=f"demo {trunk}", scopes=SWITCH_SCOPES, domain=domain, trunk=trunk, now=now)
    write_private(path, json.dumps(kept | {trunk: text}, indent=1) + "\n")
    return text


def _works(text: str, domain: str, now: datetime) -> bool:
    prefix = text.removeprefix("zk_").partition("_")[0]
    return ApiKey.objects.filter(prefix=prefix, domain=domain, revoked_at__isnull=True, expires_at__gt=now).exists()
