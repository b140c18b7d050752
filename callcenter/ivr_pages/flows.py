"""The pages of the menus themselves: every flow and version, the editor, import and export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import ivr.paths.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from callcenter.ivr_pages import flow_form
from callcenter.ivr_pages.sentences import said
from callcenter.ivr_pages.words import fault_words
from ivr.flows import drafting, editing, review, trials
from ivr.flows.advice import spoken
from ivr.flows.definition import KINDS, Definition, Json
from ivr.flows.review import Workpiece
from ivr.paths.habits import callers_of_moved_keys
from ivr.paths.queries import Asked

HABITS = timedelta(days=28)  # whose keys are looked at: what was pressed in four weeks is known by heart
DECISIONS = ("offer", "approve", "send-back", "publish", "discard")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def every(request: HttpRequest) -> HttpResponse:
    """All flows and versions; posting begins a draft, from what callers hear or from a file."""
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return _begin(request)
        except Refused as why:
            refused = why
    return listed(request, refused=refused)


def listed(request: HttpRequest, *, refused: Refused | None = None) -> HttpResponse:
    """Every flow with its versions, and what is on trial."""
    shown = {
        "flows": review.flow_lines(),
        "trials": trials.trials(),
        "refused": refused,
        "typed": request.POST,
        "decides": principal_of(request).role is not Role.ANALYST,
    }
    return render(request, "ivr_pages/flows.html", shown, status=refused.status if refused else 200)


def _begin(request: HttpRequest) -> HttpResponse:
    by, now = principal_of(request).name, db_now()
    sent = request.FILES.get("file")
    if "import" not in request.POST:
        flow = request.POST.get("flow", "").strip()
        return redirect("ivr_pages:flow", flow, drafting.start(flow=flow, by=by, now=now))
    if sent is None:
        raise Invalid(_("Choose a file first."), field="/file")
    flow, number = drafting.import_text(raw=sent.read(drafting.MOST_BYTES + 1), by=by, now=now)
    return redirect("ivr_pages:flow", flow, number)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def export(request: HttpRequest, flow: str, number: int) -> HttpResponse:
    """The definition as a file; importing it gives the same version byte for byte."""
    try:
        content = review.exported(flow=flow, number=number)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    answer = HttpResponse(content, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{flow}-{number}.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def one(request: HttpRequest, flow: str, number: int) -> HttpResponse:
    """One version: tree, table, faults, differences. A draft can be changed here, one node at a time."""
    if request.method == "POST":
        return _save(request, flow, number)
    return page(request, flow, number)


def _save(request: HttpRequest, flow: str, number: int) -> HttpResponse:
    typed = request.POST
    node = typed.get("node", "")
    edition = whole(typed.get("edition", "")) or 0
    asked = _Change(node=node, typed=typed.dict(), act=typed.get("act", "save"))
    try:
        drafting.save(
            flow=flow, number=number, edition=edition, change=asked, by=principal_of(request).name, now=db_now()
        )
    except editing.CannotChange as wrong:
        return page(request, flow, number, wrong=wrong, typed=asked.typed)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    except Refused as refused:
        return page(request, flow, number, refused=refused, typed=asked.typed)
    where = f"?node={asked.after}#{asked.place}" if asked.after else "#flow"
    return redirect(reverse("ivr_pages:flow", args=(flow, number)) + where)


@dataclass
class _Change:
    """What a button of the editor does: first what was typed is taken over, then its own act."""

    node: str
    typed: dict[str, str]
    act: str

    @property
    def after(self) -> str:
        """The node to show next."""
        return {"add_node": self.typed.get("new_node", "").strip(), "remove_node": ""}.get(self.act, self.node)

    @property
    def place(self) -> str:
        return "rows" if ":" in self.act or self.act == "add_choice" else "node"

    def __call__(self, content: Json) -> dict[str, Any]:
        if not any(one["key"] == self.node for one in content["nodes"]):
            changed = editing.change_flow(content, flow_form.read_flow(self.typed)) if not self.node else dict(content)
        elif self.act == "remove_node":
            return editing.remove_node(content, self.node)
        else:
            changed = editing.change_node(content, self.node, flow_form.read_node(self.typed))
        if self.act == "add_node":
            return editing.add_node(changed, self.typed.get("new_node", ""), self.typed.get("new_kind", "menu"))
        if self.act == "add_choice":
            return editing.add_choice(changed, self.node)
        name, _, place = self.act.partition(":")
        acts = {"up": editing.earlier, "down": editing.later, "remove": editing.remove_choice}
        number = whole(place)
        return acts[name](changed, self.node, number) if name in acts and number is not None else changed


@require_POST
@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def decide(request: HttpRequest, flow: str, number: int, act: str) -> HttpResponse:
    """Offer, agree, send back, publish, throw away. Analysts write and offer; whoever writes does not agree."""
    if act not in DECISIONS:
        raise Http404(_("There is no such act."))
    me, now = principal_of(request), db_now()
    acts: dict[str, Callable[[], object]] = {
        "offer": lambda: drafting.offer(
            flow=flow, number=number, note=request.POST.get("note", ""), by=me.name, now=now
        ),
        "approve": lambda: drafting.approve(flow=flow, number=number, by=me.name, now=now),
        "send-back": lambda: drafting.send_back(
            flow=flow, number=number, reason=request.POST.get("reason", ""), by=me.name, now=now
        ),
        "publish": lambda: drafting.publish(flow=flow, number=number, by=me.name, now=now),
        "discard": lambda: drafting.discard(flow=flow, number=number, by=me.name, now=now),
    }
    try:
        if act not in {"offer", "discard"} and me.role is Role.ANALYST:
            raise Refused(_("Supervisors and administrators decide."), code="role")
        acts[act]()
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    except Refused as refused:
        return page(request, flow, number, refused=refused)
    return redirect("ivr_pages:flows") if act == "discard" else redirect("ivr_pages:flow", flow, number)


def page(
    request: HttpRequest,
    flow: str,
    number: int,
    *,
    refused: Refused | None = None,
    wrong: editing.CannotChange | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    try:
        piece = review.workpiece(flow=flow, number=number)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    me, definition = principal_of(request), piece.view.definition
    node = definition.nodes.get((typed or request.GET).get("node", ""))
    status = refused.status if refused else 422 if wrong else 200
    return render(
        request,
        "ivr_pages/flow.html",
        {
            "piece": piece,
            "of": piece.view,
            "review": piece.review,
            "editable": piece.review is not None and piece.view.state == "draft",
            "decides": me.role is not Role.ANALYST,
            "is_writer": piece.review is not None and me.name in {piece.review.made_by, piece.review.edited_by},
            "tree": _tree(definition, piece),
            "definition": definition,
            "node": flow_form.node_fields(node, typed) if node else None,
            "flow_fields": None if node else _flow_fields(definition, typed),
            "kinds": KINDS,
            "affected": _affected(piece, flow, db_now()) if piece.view.state == "draft" else {},
            "refused": refused,
            "wrong": wrong,
            "wrong_said": fault_words(wrong.code, wrong.facts) if wrong else "",
            "typed": typed or {},
        },
        status=status,
    )


@dataclass(frozen=True, kw_only=True)
class TreeNode:
    """One line of the tree beside the table."""

    level: int
    key: str  # pressed to come here; "" for the root and for nodes that no key leads to
    node: str
    again: bool  # stands in the tree already
    faults: int


def _tree(definition: Definition, piece: Workpiece) -> list[TreeNode]:
    """The nodes as callers meet them, from the root; then those that no way of the tree leads to."""
    found: list[TreeNode] = []
    seen: set[str] = set()
    wrong = [fault.node for fault in piece.faults]

    def walk(node: str, level: int, key: str) -> None:
        again = node in seen
        found.append(TreeNode(level=min(level, 5), key=key, node=node, again=again, faults=wrong.count(node)))
        if again or node not in definition.nodes:
            return
        seen.add(node)
        content = definition.nodes[node]
        for choice in spoken(content):
            walk(choice["target"], level + 1, choice["key"])
        if content.get("next") and content["next"] not in seen:
            walk(content["next"], level + 1, "")

    walk(definition.root, 0, "")
    for node in definition.nodes:
        if node not in seen:
            walk(node, 0, "")
    return found


def _flow_fields(definition: Definition, typed: dict[str, str] | None) -> dict[str, Any]:
    if typed is not None and not typed.get("node"):
        return vars(flow_form.read_flow(typed))
    content = definition.content
    return {
        "root": content["root"],
        "no_person": bool(content.get("no_person")),
        "name": content.get("name", {}),
        "entries": " ".join(content.get("entries", [])),
        "reasons": editing.reasons_text(content),
    }


def _affected(piece: Workpiece, flow: str, now: datetime) -> dict[str, int]:
    """Calls of the last four weeks by "node:key" whose key moves or goes."""
    if not any(change.what in {"key_moved", "choice_removed"} for change in piece.changes):
        return {}
    selection = ivr.paths.queries.selection_of(asked=Asked(since=now - HABITS, until=now, flow=flow))
    found = callers_of_moved_keys(changes=piece.changes, selection=selection)
    return {f"{node}:{key}": calls for (node, key), calls in found.items()}
