"""What a supervisor may do to a call, an agent or a queue: the forms, and one operation behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

import routing.queries
from callcenter.floor.templatetags.floor import words
from callcenter.floor.words import word
from callcenter.foundation.errors import Invalid
from routing import operations, reporting, sites
from routing.results import PRIORITIES, AgentView, CallView
from routing.states import CallState, ShownState

BREAKS = ("lunch", "training", "meeting", "back_office")
WAITING = frozenset({CallState.QUEUED, CallState.RESERVED})


@dataclass(frozen=True, kw_only=True)
class Form:
    """One act: a choice (or none), the reason, a button."""

    act: str
    title: str
    note: str
    choice: str = ""  # name of the field
    label: str = ""
    options: tuple[tuple[str, str], ...] = ()
    kind: str = "select"  # or the type of an input
    value: str = ""  # what an input holds at first


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A form as it was sent."""

    fields: Mapping[str, str]
    actor: str
    now: datetime

    def terms(self) -> dict[str, Any]:
        return {"why": self.fields.get("why", ""), "now": self.now, "actor": self.actor}


# --- a call -----------------------------------------------------------------------------------------------------------
def call_forms(call: CallView) -> tuple[Form, ...]:
    """Nothing once the caller no longer waits."""
    if call.state not in WAITING:
        return ()
    queues = reporting.queue_names(domain=call.domain)
    free = [agent for agent in routing.queries.agents(domain=call.domain) if agent.shown == ShownState.AVAILABLE]
    ahead = Form(
        act="reprioritise",
        title=_("Move ahead or back"),
        note=_("The caller's waiting time goes on; the place moves by the head start."),
        choice="priority",
        label=_("Head start"),
        options=tuple((name, f"{word('priority', name)} ({seconds} s)") for name, seconds in PRIORITIES.items()),
    )
    move = Form(
        act="move",
        title=_("Move to another queue"),
        note=_("The place is kept. An agent who is being rung is let go without blame."),
        choice="queue",
        label=_("Queue"),
        options=tuple((key, words(_Named(*names))) for key, names in queues.items() if key != call.queue),
    )
    pull = Form(
        act="pull",
        title=_("Give to an agent now"),
        note=_("Past everybody ahead, and whatever the queue asks for."),
        choice="agent",
        label=_("Agent"),
        options=tuple((str(agent.id), f"{words(agent)} {agent.key}") for agent in free),
    )
    here = (ahead, move, pull) if call.state == CallState.QUEUED else (move,)
    return (*here, _site()) if sites.others(call.domain) else here


def _site() -> Form:
    return Form(
        act="site",
        title=_("Send to another site"),
        note=_("The place is kept. The call goes on there, on a server of its own perhaps; here it ends as diverted."),
        choice="site",
        label=_("Domain and queue, as south/sales"),
        kind="text",
    )


def _to_site(call: CallView, asked: Asked) -> None:
    domain, _slash, queue = asked.fields.get("site", "").strip().partition("/")
    operations.send_to_site(call_id=call.id, domain=domain, queue=queue, **asked.terms())


def on_call(call: CallView, asked: Asked) -> None:
    """Raises Refused."""
    head_start_s = PRIORITIES.get(asked.fields.get("priority", ""), -1)
    agent = asked.fields.get("agent", "")
    acts: dict[str, Callable[[], object]] = {
        "reprioritise": lambda: operations.reprioritise(call_id=call.id, head_start_s=head_start_s, **asked.terms()),
        "move": lambda: operations.move(call_id=call.id, queue=asked.fields.get("queue", ""), **asked.terms()),
        "site": lambda: _to_site(call, asked),
        "pull": lambda: operations.pull(
            call_id=call.id, agent_id=int(agent) if agent.isdecimal() and len(agent) < 12 else 0, **asked.terms()
        ),
    }
    choose(acts, asked)


# --- an agent ---------------------------------------------------------------------------------------------------------
def agent_forms(agent: AgentView) -> tuple[Form, ...]:
    """Nothing for whoever is not signed in: nobody is signed in by another."""
    if agent.shown == ShownState.OFFLINE:
        return ()
    breaks = tuple((f"break:{reason}", f"{word('state', 'break')}: {word('reason', reason)}") for reason in BREAKS)
    return (
        Form(
            act="force",
            title=_("Set the state"),
            note=_("With a call at hand it waits until after the wrap-up."),
            choice="presence",
            label=_("State"),
            options=(
                ("available", str(word("state", "available"))),
                *breaks,
                ("offline", str(word("state", "offline"))),
            ),
        ),
    )


def on_agent(agent: AgentView, asked: Asked) -> None:
    """Raises Refused."""
    presence, _colon, reason = asked.fields.get("presence", "").partition(":")
    operations.force_presence(agent_id=agent.id, presence_word=presence, reason=reason, **asked.terms())


# --- a queue ----------------------------------------------------------------------------------------------------------
def queue_forms(*, is_open: bool) -> tuple[Form, ...]:
    if is_open:
        note = _("New callers are turned away as the queue says; whoever waits already is served.")
        return (Form(act="close", title=_("Close the queue"), note=note),)
    return (Form(act="open", title=_("Open the queue"), note=_("New callers are taken again.")),)


def on_queue(*, domain: str, queue: str, asked: Asked) -> None:
    """Raises Refused."""

    def set_open(*, is_open: bool) -> None:
        operations.set_queue_open(domain=domain, queue=queue, is_open=is_open, **asked.terms())

    choose({"open": lambda: set_open(is_open=True), "close": lambda: set_open(is_open=False)}, asked)


# --- shared -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Named:
    name_en: str
    name_zh: str


def choose(acts: Mapping[str, Callable[[], object]], asked: Asked) -> None:
    """Do the act that was asked for. Raises Refused."""
    act = acts.get(asked.fields.get("act", ""))
    if act is None:
        raise Invalid(_("Choose one of the list."), field="/act")
    act()
