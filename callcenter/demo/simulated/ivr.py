"""A sample IVR for the simulated trunk: callers walk published menus, and are asked how it was when the agent has left.

What a real IVR would connect: each step is told to `POST /ivr/events` as it happens, the way out of the menus is
`POST /calls/{id}/enqueue`, and after the talk `POST /surveys/invitations` says whom to ask what; keys go to
`POST /surveys/answers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

from callcenter.demo.public_api import Api
from callcenter.demo.switch import Line, Switch, instant
from callcenter.demo.traffic.walking import Ending, Menus, Step

ANSWERS_SHARE = 0.7  # of the questions asked; who stops is not asked on
LISTENS_S = 2.0  # to a question, at most


class SampleIvr:
    """The menus of one flow, and the survey after the talk. `hurry` divides the seconds that callers take in the menus."""

    def __init__(self, *, api: Api, switch: Switch, menus: Menus, rng: Random, hurry: float = 1.0) -> None:
        self.api, self.switch, self.menus, self.rng, self.hurry = api, switch, menus, rng, hurry

    async def lead(self, line: Line, *, reason: str, language: str) -> str:
        """Walk a caller through the menus; the queue they lead to, "" for a caller who is gone or served by them."""
        steps = self.menus.walk(reason=reason, language="zh" if language.startswith("zh") else "en", rng=self.rng)
        return await tell_steps(self.switch, line, steps, menus=self.menus, hurry=self.hurry)

    async def ask(self, line: Line) -> int:
        """The agent hangs up first, the caller hears the survey if they are to be asked; how many questions were answered."""
        await self.switch.report(line, "leg_ended", by="agent", reservation=line.talks[-1].reservation)
        invited = (await self.api.post("/surveys/invitations", {"call": line.id}))["invitation"]
        if invited["channel"] != "voice" or not invited["form"]:
            return 0
        answers = []
        for question in invited["form"]["questions"]:
            if question["most"] is None or self.rng.random() > ANSWERS_SHARE:  # words cannot be pressed; or had enough
                break
            await asyncio.sleep(self.rng.uniform(0.2, 1) * LISTENS_S / self.hurry)
            key = self._key(question)
            answers.append({"invitation": invited["id"], "question": question["key"], "answer": key, "at": instant()})
        if answers:
            await self.api.post("/surveys/answers", answers, once=f"{line.external_id}:survey")
        return len(answers)

    def _key(self, question: dict[str, Any]) -> str:
        """Mostly content, as people are who stay on the line; for yes or no 1 or 2."""
        if question["kind"] == "yes_no":
            return self.rng.choices(("1", "2"), (8, 2))[0]
        best = question["most"]
        return str(self.rng.choices((best, best - 1, question["least"]), (6, 3, 1))[0])


async def tell_steps(
    switch: Switch, line: Line, steps: Iterator[Step | Ending], *, menus: Menus, hurry: float = 1.0
) -> str:
    """Each step told as it happens; the queue the menus lead to, "" for nobody's."""
    for number, step in enumerate(steps, start=1):
        if isinstance(step, Ending):
            return step.queue
        await asyncio.sleep(step.after_s / hurry)
        await switch.walked([_told(line, step, number, menus)])
        if line.over.is_set():
            return ""
    return ""


def _told(line: Line, step: Step, number: int, menus: Menus) -> dict[str, object]:
    told: dict[str, object] = {
        "external_id": line.external_id, "t": instant(), "kind": step.kind, "node": step.node, "seq": number,
        "flow": menus.flow, "entry": menus.entry,
    }  # fmt: skip
    if step.key:
        told["key"] = step.key
    if step.task:
        told["detail"] = {"task": step.task}
    return told
