"""The cost model of a flow, fitted from its log: demand, reaction, and the hazards of asking for a person or hanging up. Pure.

What a menu takes is split as it is spoken: lead-in and announcements from the definition, the rest (reaction, switching,
failed presentations, less what is cut short) as the mean that the log leaves over, menu by menu. A model that does not
predict the last days of its own log within 5 % proposes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from ivr.flows.definition import Definition, Json
from ivr.optimiser.trees import Limits, Menu, Service, demand, menus, service_seconds
from ivr.paths.comparing import site_days
from ivr.paths.measures import AGENT, HUNG_UP, Selection
from ivr.paths.store import ZERO_OUT, Array

PAUSE_S = 0.6  # between two options (design: .5–.75 s)
FEWEST_CALLS, FEWEST_DAYS = 200, 4
HELD_OUT = 0.25  # of the days, the last ones
WORST_ERROR = 0.05
DRAWS = 1_000
SPECIAL_KEYS = frozenset("0*#9")  # help, back, end of input, repeat: habits of ISO/IEC 13714 stay where they are
USUAL_HANDLE_S = 300.0


class ModelDoesNotFit(ValueError):
    """Why nothing is proposed, as a sentence."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """One flow as its callers use it."""

    tree: Menu
    limits: Limits
    calls: int
    days: int
    demand_by_day: Array  # day × service, services in the order of `services`
    services: tuple[str, ...]
    zero_out_per_s: float  # hazard of asking for a person, per second in the menus
    hang_up_per_s: float
    handle_s: float  # mean agent seconds of a call that came from these menus
    held_out_error: float  # of the mean seconds on the last days, share
    unknown_share: float  # calls that left these menus without a choice that is counted here


def hub(definition: Definition) -> str:
    """Where callers begin to choose: the root, or behind it where every choice leads to the same menu."""
    at, seen = definition.root, set[str]()
    while at not in seen:
        seen.add(at)
        node = definition.nodes[at]
        ways = {choice["target"] for choice in node.get("choices", ())} or {node.get("next", "")}
        if len(ways) != 1 or node["kind"] not in {"menu", "announcement"} or not ways <= set(definition.nodes):
            return at
        at = ways.pop()
    return definition.root


def tree_of(definition: Definition, language: str) -> Menu:
    """The menus of a definition without demand. A choice that leads back, or to a menu already heard, is a service."""
    heard: set[str] = set()

    def grow(key: str, seconds: float) -> Menu:
        heard.add(key)
        node = definition.nodes[key]
        menu = Menu(key=key, seconds=seconds, lead_s=_said(node.get("prompt", {}), language))
        for choice in sorted(node.get("choices", ()), key=lambda one: int(one["position"])):
            spoken = float(choice.get("seconds", {}).get(language, 2.0)) + PAUSE_S
            if definition.kind(choice["target"]) == "menu" and choice["target"] not in heard:
                menu.items.append(grow(choice["target"], spoken))
            else:
                menu.items.append(Service(key=f"{key}:{choice['key']}", seconds=spoken, demand=0.0))
        return menu

    return grow(hub(definition), 0.0)


def _said(prompt: Json, language: str) -> float:
    return float(prompt.get(language, {}).get("seconds", 0.0))


def limits_of(definition: Definition, tree: Menu, *, width: int = 9, fixed: Sequence[str] = ()) -> Limits:
    """What a proposal may not do unless somebody says more: an option stays under a label that means it, or rises."""
    homes: dict[str, frozenset[str]] = {}
    last: set[str] = set()

    def walk(menu: Menu, above: tuple[str, ...]) -> None:
        for item in menu.items:
            homes[item.key] = frozenset((*above, menu.key)) if isinstance(item, Service) else frozenset({menu.key})
            if isinstance(item, Menu):
                walk(item, (*above, menu.key))
            elif (
                item.key.rpartition(":")[2] in SPECIAL_KEYS or definition.kind(_target(definition, item.key)) == "menu"
            ):
                last.add(item.key)

    walk(tree, ())
    return Limits(width=width, homes=homes, fixed=frozenset(fixed), last=frozenset(last) - set(fixed))


def _target(definition: Definition, service: str) -> str:
    menu, _, key = service.rpartition(":")
    choices: Sequence[Json] = definition.nodes[menu].get("choices", ())
    return next(str(choice["target"]) for choice in choices if choice["key"] == key)


def fit(
    definition: Definition, selection: Selection, *, language: str, zone: Any, limits: Limits | None = None
) -> Model:
    """The model of these calls. Raises ModelDoesNotFit with the reason."""
    tree = tree_of(definition, language)
    services = tuple(service_seconds(tree))
    chosen = _choices(definition, selection, services)
    days, which = np.unique(site_days(selection.store.start[selection.calls], zone), return_inverse=True)
    if len(chosen.step) < FEWEST_CALLS or len(days) < FEWEST_DAYS:
        raise ModelDoesNotFit(
            f"The log holds {len(chosen.step)} choices on {len(days)} days; {FEWEST_CALLS} on {FEWEST_DAYS} days are needed."
        )
    of_call = np.zeros(len(selection.store), np.int64)
    of_call[selection.calls] = which
    day = of_call[selection.store.call[chosen.step]]
    table = np.bincount(day * len(services) + chosen.service, minlength=len(days) * len(services))
    table = table.reshape(len(days), len(services)).astype(np.float64)
    cut = max(1, round(len(days) * (1 - HELD_OUT)))
    early = _fitted(tree, definition, selection, services, table[:cut].sum(axis=0), of_call < cut)
    error = _held_out(early, definition, selection, services, table[cut:].sum(axis=0), of_call >= cut)
    if error > WORST_ERROR:
        raise ModelDoesNotFit(
            f"The model misses the mean time of the last days by {100 * error:.1f} %; 5 % is the most. Nothing is proposed."
        )
    whole = _fitted(tree, definition, selection, services, table.sum(axis=0), np.ones(len(selection.store), bool))
    zero, hang = _hazards(selection, whole)
    return Model(
        tree=whole,
        limits=limits or limits_of(definition, whole),
        calls=selection.n,
        days=len(days),
        demand_by_day=table,
        services=services,
        zero_out_per_s=zero,
        hang_up_per_s=hang,
        handle_s=_handle(selection),
        held_out_error=error,
        unknown_share=max(0.0, 1 - float(table.sum()) / max(1, selection.n)),
    )


@dataclass(frozen=True)
class _Choices:
    """Steps at which a service was chosen."""

    step: Array
    service: Array


def _choices(definition: Definition, selection: Selection, services: tuple[str, ...]) -> _Choices:
    store = selection.store
    inside = selection.step_mask.copy()
    inside[store.last[store.last >= 0]] = False
    steps, found = [], []
    for place, service in enumerate(services):
        menu, _, key = service.rpartition(":")
        pressed = store.keys.index(key) if key in store.keys else -1
        at = np.flatnonzero(inside & (store.code == store.node(menu)) & (store.key == pressed))
        at = at[store.code[at + 1] == store.node(_target(definition, service))]
        steps.append(at)
        found.append(np.full(len(at), place))
    return _Choices(np.concatenate(steps), np.concatenate(found))


def _fitted(
    tree: Menu, definition: Definition, selection: Selection, services: tuple[str, ...], wanted: Array, calls: Array
) -> Menu:
    """The tree with this demand and the reaction measured on these calls."""
    amount = dict(zip(services, wanted.tolist(), strict=True))

    def grow(menu: Menu) -> Menu:
        items = [
            grow(item)
            if isinstance(item, Menu)
            else Service(key=item.key, seconds=item.seconds, demand=amount[item.key])
            for item in menu.items
        ]
        left = _left_over(menu, definition, selection, calls)
        return Menu(key=menu.key, seconds=menu.seconds, lead_s=menu.lead_s, reaction_s=left, items=items)

    return grow(tree)


def _left_over(menu: Menu, definition: Definition, selection: Selection, calls: Array) -> float:
    """Mean seconds in the menu beyond what is spoken up to the option chosen; may be negative where keys cut in."""
    store = selection.store
    here = selection.step_mask & (store.code == store.node(menu.key)) & (store.dwell >= 0) & calls[store.call]
    heard, rest = menu.lead_s, []
    for item in menu.items:
        heard += item.seconds
        key = _key_of(item, menu, definition)
        pressed = store.keys.index(key) if key in store.keys else -1
        rest.append(store.dwell[here & (store.key == pressed)] / 1000 - heard)
    together = np.concatenate(rest) if rest else np.zeros(0)
    return float(together.mean()) if len(together) else 0.0


def _key_of(item: Menu | Service, menu: Menu, definition: Definition) -> str:
    if isinstance(item, Service):
        return item.key.rpartition(":")[2]
    choices: Sequence[Json] = definition.nodes[menu.key].get("choices", ())
    return next(str(choice["key"]) for choice in choices if choice["target"] == item.key)


def _held_out(
    early: Menu, definition: Definition, selection: Selection, services: tuple[str, ...], wanted: Array, calls: Array
) -> float:
    """How far the early days' times miss the late days' mean, demand being known."""
    late = _fitted(early, definition, selection, services, wanted, calls)
    expected, seen = service_seconds(early), service_seconds(late)
    n = float(wanted.sum())
    if not n:
        return 0.0
    mean = sum(seen[key] * one for key, one in zip(services, wanted.tolist(), strict=True)) / n
    guess = sum(expected[key] * one for key, one in zip(services, wanted.tolist(), strict=True)) / n
    return abs(guess - mean) / mean if mean else 0.0


def _hazards(selection: Selection, tree: Menu) -> tuple[float, float]:
    """Asking for a person and hanging up, per second spent in these menus."""
    store = selection.store
    codes = [store.node(one.key) for one in menus(tree)]
    here = selection.step_mask & np.isin(store.code, codes)
    seconds = float(np.maximum(store.dwell[here], 0).sum()) / 1000
    if not seconds:
        return 0.0, 0.0
    zeros = int(((store.flags[here] & ZERO_OUT) > 0).sum())
    last = store.last[selection.calls[store.outcome[selection.calls] == HUNG_UP]]
    lost = int(np.isin(store.code[last[last >= 0]], codes).sum())
    return zeros / seconds, lost / seconds


def _handle(selection: Selection) -> float:
    handle = selection.store.handle_s[selection.calls[selection.store.outcome[selection.calls] == AGENT]]
    handle = handle[handle > 0]
    return float(handle.mean()) if len(handle) else USUAL_HANDLE_S


def fit_seconds(definition: Definition, selection: Selection, *, language: str) -> tuple[Array, Array]:
    """What a model predicts, as it happened: calls that chose a service, and their seconds in the menus until then."""
    tree = tree_of(definition, language)
    chosen = _choices(definition, selection, tuple(service_seconds(tree)))
    store = selection.store
    in_menus = np.isin(store.code, [store.node(one.key) for one in menus(tree)])
    spent = np.concatenate(([0.0], np.cumsum(np.where(in_menus, np.maximum(store.dwell, 0), 0) / 1000)))
    calls = store.call[chosen.step]
    return calls, spent[chosen.step + 1] - spent[store.offset[:-1][calls]]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a better tree would bring, a year of such days long. Intervals by days drawn afresh (95 %)."""

    seconds_now: float  # mean until a service is chosen
    seconds_then: float
    saved_s: float
    saved_low: float
    saved_high: float
    bound_s: float  # no tree of these services at these speeds is faster
    calls_a_year: float
    caller_hours_a_year: float
    zero_outs_a_year: float  # fewer
    hang_ups_a_year: float  # fewer
    agent_minutes_a_year: float
    agent_minutes_low: float
    agent_minutes_high: float

    @property
    def gap(self) -> float:
        """How far the proposal is from the bound, as a share."""
        return self.seconds_then / self.bound_s - 1 if self.bound_s else 0.0


def predict(model: Model, then: Menu, *, bound_s: float, seed: int = 2010) -> Prediction:
    """The present tree beside another one, for the demand of the log."""
    now_s, then_s = (np.array([times[key] for key in model.services]) for times in (
        service_seconds(model.tree), service_seconds(then)
    ))  # fmt: skip
    wanted = model.demand_by_day
    draws = np.random.default_rng(seed).multinomial(len(wanted), np.full(len(wanted), 1 / len(wanted)), DRAWS)
    drawn = np.vstack([wanted.sum(axis=0), draws @ wanted])
    totals = np.maximum(drawn.sum(axis=1), 1)
    saved = drawn @ (now_s - then_s) / totals
    a_year = 365 / model.days
    left = {name: _lost(model, name, now_s) - _lost(model, name, then_s) for name in ("zero", "hang")}
    minutes = (drawn @ left["zero"]) * a_year * model.handle_s / 60
    whole = drawn[0]
    return Prediction(
        seconds_now=float(whole @ now_s / totals[0]),
        seconds_then=float(whole @ then_s / totals[0]),
        saved_s=float(saved[0]),
        saved_low=float(np.quantile(saved[1:], 0.025)),
        saved_high=float(np.quantile(saved[1:], 0.975)),
        bound_s=bound_s,
        calls_a_year=float(whole.sum() * a_year),
        caller_hours_a_year=float(whole @ (now_s - then_s)) * a_year / 3600,
        zero_outs_a_year=float(whole @ left["zero"]) * a_year,
        hang_ups_a_year=float(whole @ left["hang"]) * a_year,
        agent_minutes_a_year=float(minutes[0]),
        agent_minutes_low=float(np.quantile(minutes[1:], 0.025)),
        agent_minutes_high=float(np.quantile(minutes[1:], 0.975)),
    )


def _lost(model: Model, kind: str, seconds: Array) -> Array:
    """P(asking for a person, or hanging up, before the service is reached), the two competing at constant hazards."""
    both = model.zero_out_per_s + model.hang_up_per_s
    part = model.zero_out_per_s if kind == "zero" else model.hang_up_per_s
    return np.array([part / both * (1 - exp(-both * max(0.0, one))) if both else 0.0 for one in seconds.tolist()])


def bound_costs(tree: Menu, width: int) -> Array:
    """The cheapest position costs that any tree of these announcements could have."""
    spoken = sorted(item.seconds for one in menus(tree) for item in one.items)[:width]
    lead = min(max(0.0, one.lead_s + one.reaction_s) for one in menus(tree))
    return lead + np.cumsum(spoken)


def shares_of(tree: Menu) -> list[float]:
    whole = demand(tree) or 1.0
    return [item.demand / whole for one in menus(tree) for item in one.items if isinstance(item, Service)]
