"""`python -m tests.prepare bank|operator`: configuration for a stack under test; the last line it prints is JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

JANUARY = Path(__file__).parent / "data" / "anonymous_bank_january.txt.gz"
OPERATORS_CUSTOMERS = 40


def bank() -> dict[str, str]:
    """The bank's floor and the key of its switch."""
    from callcenter.demo import bank_log
    from callcenter.demo.operator.keys import switch_key
    from callcenter.demo.replay import bank_floor, names
    from callcenter.demo.replay.plan import skills
    from callcenter.foundation.clock import db_now

    bank_floor.set_up(skills(bank_log.read(JANUARY).calls))
    return {"key": switch_key(trunk=names.TRUNK, domain=names.DOMAIN, now=db_now())}


def operator() -> dict[str, str]:
    """A small operator, the key of its switch and the passwords of its people."""
    from django.conf import settings

    from callcenter.demo.operator import accounts, seed
    from callcenter.demo.operator.keys import switch_key
    from callcenter.demo.operator.queues import DOMAIN
    from callcenter.foundation.clock import db_now

    seed.build(customers=OPERATORS_CUSTOMERS, now=db_now())
    return {"key": switch_key(trunk="pbx", domain=DOMAIN, now=db_now()), **accounts.passwords(settings.VAR_DIR)}


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"bank": bank, "operator": operator}[sys.argv[1]]()))
