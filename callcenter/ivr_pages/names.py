"""What the codes of a call are called on these pages: those of the floor, and how agents write a call down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from django.http import HttpRequest

from callcenter.console.defaults import dispositions
from callcenter.floor.call_names import CallNames
from callcenter.floor.views import domain_of
from ivr.flows.definition import Label


class Names(CallNames):
    @cached_property
    def finals(self) -> Mapping[str, Label]:
        """Reasons as they turned out; a way of ending that stands for no reason goes by its own name."""
        return {one.code: Label(en=one.name_en, zh=one.name_zh) for one in dispositions()} | dict(self.reasons)


def names_of(request: HttpRequest) -> Names:
    return Names(domain=domain_of(request))
