"""What the codes of a call are called: its queue, its reason, its agent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import ivr.flows.queries
import routing.queries
from ivr.flows.definition import Label
from routing import reporting


class CallNames:
    """Read when a page first asks for them. A code that is not here is shown as it stands."""

    def __init__(self, *, domain: str) -> None:
        self.domain = domain

    @cached_property
    def queues(self) -> Mapping[str, Label]:
        known = reporting.queue_names(domain=self.domain)
        return {key: Label(en=name_en, zh=name_zh) for key, (name_en, name_zh) in known.items()}

    @cached_property
    def reasons(self) -> Mapping[str, Label]:
        return ivr.flows.queries.reason_names()

    @cached_property
    def agents(self) -> Mapping[str, Label]:
        """The key stays beside the name: two agents may share one."""
        return {
            one.key: Label(en=f"{one.name_en} {one.key}", zh=f"{one.name_zh} {one.key}")
            for one in routing.queries.agents(domain=self.domain)
        }
