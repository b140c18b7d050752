"""What the queues were set to since the floor was built: steps, overflow, ranks, each change with who, when and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from callcenter.demo.operator.queues import DOMAIN
from routing.operations.queue_changes import change_queue, restore_queue
from routing.operations.rest_changes import change_rests

# queue, days ago, why, settings
CHANGES: tuple[tuple[str, int, str, dict[str, Any]], ...] = (
    ("technical", 40, "Faults need somebody who has seen one; after two minutes the whole group helps", {
        "steps": [{"after_s": 60, "required": {"technical": 1}, "rings": []},
                  {"after_s": 120, "rings": ["service"],
                   "required": {"any": [{"skill": "technical", "at_least": 1}, {"skill": "general", "at_least": 3}]}}]}),
    ("billing", 33, "Month's end: sales helps out, newcomers are offered a callback", {
        "overflow": [{"measure": "longest_wait", "limit": 180, "action": "borrow", "teams": ["sales"], "to": None,
                      "message": "", "site": ""},
                     {"measure": "waiting", "limit": 12, "action": "callback", "teams": [], "to": None, "message": "",
                      "site": ""}]}),
    ("enterprise", 27, "Account managers first, by their rank", {
        "strategy": "ranked", "ranks": {"1011": 1, "1015": 2, "1001": 3, "1002": 3}}),
    ("sales", 20, "Whoever advised last time knows the plan", {"sticky_days": 7, "sticky_hold_s": 20}),
    ("complaints", 15, "Nobody who complains waits longer than they must", {
        "head_start_s": 150, "preferred": {"complaints": 4},
        "steps": [{"after_s": 90, "required": {"complaints": 1}, "rings": ["service"]}]}),
    ("general", 12, "A try: answer within ten seconds", {"target_s": 10}),
    ("retention", 5, "Nobody there for those who want to leave: mailbox, rung back in the morning", {
        "overflow": [{"measure": "nobody_staffed", "limit": 1, "action": "voicemail", "teams": [], "to": None,
                      "message": "", "site": ""}]}),
)  # fmt: skip
RESTS = ((18, 5, "A breath between calls"), (6, 0, "Callers waited for it: a pause is taken by hand"))  # days ago, s


def write(*, now: datetime, actor: str) -> None:
    """Changes as Ada made them, and one that she took back."""
    for queue, days, why, settings in CHANGES:
        change_queue(
            domain=DOMAIN, queue=queue, settings=settings, why=why, now=now - timedelta(days=days), actor=actor
        )
    restore_queue(
        domain=DOMAIN, queue="general", number=1, why="Ten seconds cost too many agents", now=now - timedelta(days=8),
        actor=actor,
    )  # fmt: skip
    for days, rest_s, why in RESTS:
        change_rests(
            domain=DOMAIN, settings={"rest_s": rest_s, "occupancy_cap": 0}, why=why, now=now - timedelta(days=days),
            actor=actor,
        )  # fmt: skip
