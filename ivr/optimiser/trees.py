"""Menus as a tree with times and demand, and what a caller's way through it costs. Pure.

A way costs, menu by menu: lead-in + announcements up to the chosen one + reaction, and, with error probability ε per
presentation and K tries, (1−ε^K)/(1−ε) − 1 whole presentations with their timeout more (design ivr 4.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Service:
    """One option that is not a menu: what callers want."""

    key: str  # unique in the tree: menu and key as first defined
    seconds: float  # of its announcement, pause included
    demand: float  # calls that want it, in any unit


@dataclass(kw_only=True)
class Menu:
    """One menu. `items` in spoken order."""

    key: str
    seconds: float = 0.0  # of its own announcement in the menu above
    lead_s: float = 0.0
    reaction_s: float = 0.0
    timeout_s: float = 0.0
    error: float = 0.0  # probability of a failed presentation
    attempts: int = 3
    items: list[Menu | Service] = field(default_factory=list)


Item = Menu | Service
Places = Mapping[str, tuple[str, int]]  # item → its menu and place there


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a proposal may not do."""

    width: int = 9
    depth: int = 5
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)  # item → menus it may stand in; absent: any
    fixed: frozenset[str] = frozenset()  # items that keep their menu and their place
    last: frozenset[str] = frozenset()  # items that keep their menu and are spoken after all others (help, back)
    fixed_order: frozenset[str] = frozenset()  # menus whose spoken order stands


def copy(menu: Menu) -> Menu:
    items = [copy(one) if isinstance(one, Menu) else one for one in menu.items]
    return Menu(
        key=menu.key, seconds=menu.seconds, lead_s=menu.lead_s, reaction_s=menu.reaction_s, timeout_s=menu.timeout_s,
        error=menu.error, attempts=menu.attempts, items=items,
    )  # fmt: skip


def menus(menu: Menu) -> Iterator[Menu]:
    """The menu and all below it."""
    yield menu
    for one in menu.items:
        if isinstance(one, Menu):
            yield from menus(one)


def demand(item: Item) -> float:
    return item.demand if isinstance(item, Service) else sum(demand(one) for one in item.items)


def failures_s(menu: Menu) -> float:
    """Seconds that failed presentations cost on average."""
    if menu.error <= 0:
        return 0.0
    presented = (1 - menu.error**menu.attempts) / (1 - menu.error)
    return (presented - 1) * (menu.lead_s + sum(one.seconds for one in menu.items) + menu.timeout_s)


def service_seconds(menu: Menu, so_far: float = 0.0) -> dict[str, float]:
    """Expected seconds until each service is chosen."""
    found: dict[str, float] = {}
    heard = so_far + menu.lead_s + menu.reaction_s + failures_s(menu)
    for item in menu.items:
        heard += item.seconds
        found |= {item.key: heard} if isinstance(item, Service) else service_seconds(item, heard)
    return found


def total_seconds(menu: Menu) -> float:
    """Σ demand × seconds: the demand of an item pays for everything spoken before it."""
    return _cost(menu)[0]


def _cost(menu: Menu) -> tuple[float, float]:
    """(Σ demand × seconds below this menu, demand)."""
    cost, whole, heard = 0.0, 0.0, menu.lead_s + menu.reaction_s + failures_s(menu)
    for item in menu.items:
        heard += item.seconds
        if isinstance(item, Service):
            wanted = item.demand
        else:
            below, wanted = _cost(item)
            cost += below
        cost += wanted * heard
        whole += wanted
    return cost, whole


def mean_seconds(menu: Menu) -> float:
    """E[T] of a caller; 0 without demand."""
    wanted = demand(menu)
    return total_seconds(menu) / wanted if wanted else 0.0


def put_in_order(menu: Menu, limits: Limits) -> None:
    """The best spoken order of every menu: descending demand ÷ announcement (Smith's rule, exact by exchange).

    Fixed items keep their place, help and back come last; the others fill the places between them.
    """
    for one in menus(menu):
        if one.key in limits.fixed_order:
            continue
        last = [item for item in one.items if item.key in limits.last]
        free = [item for item in one.items if item.key not in limits.fixed | limits.last]
        free.sort(key=lambda item: -demand(item) / max(item.seconds, 1e-9))
        rest = iter([*free, *last])
        one.items = [item if item.key in limits.fixed else next(rest) for item in one.items]


def violations(before: Menu, after: Menu, limits: Limits) -> list[str]:
    """Every limit that a proposal breaks, as sentences; judged from the two trees alone, not from how one was found."""
    found: list[str] = []
    was, now = _places(before), _places(after)
    if {key for key in was if key in _services(before)} != {key for key in now if key in _services(after)}:
        found.append("A service is missing or stands twice.")
    found += _misplaced(was, now, limits)
    for one in menus(after):
        if len(one.items) > limits.width and len(one.items) > _width_before(before, one.key):
            found.append(f"{one.key} holds {len(one.items)} options; {limits.width} is the most.")
        said = [item.key in limits.last for item in one.items if item.key not in limits.fixed]
        if said != sorted(said):
            found.append(f"Help and back come last in {one.key}.")
        if one.key in limits.fixed_order and not _keeps_order(before, one):
            found.append(f"The order of {one.key} must stand.")
    if depth(after) > max(limits.depth, depth(before)):
        found.append(f"The menus are {depth(after)} deep; {limits.depth} is the most.")
    return found


def _misplaced(was: Places, now: Places, limits: Limits) -> Iterator[str]:
    for key, (menu, place) in now.items():
        if key in limits.fixed and was.get(key) != (menu, place):
            yield f"{key} must keep its place."
        if key in limits.last and was.get(key, ("", 0))[0] != menu:
            yield f"{key} must stay in its menu."
        if key in limits.homes and menu not in limits.homes[key]:
            yield f"{key} may not stand in {menu}."


def depth(menu: Menu) -> int:
    return 1 + max((depth(one) for one in menu.items if isinstance(one, Menu)), default=0)


def _places(menu: Menu) -> dict[str, tuple[str, int]]:
    return {item.key: (one.key, place) for one in menus(menu) for place, item in enumerate(one.items)}


def _services(menu: Menu) -> set[str]:
    return {item.key for one in menus(menu) for item in one.items if isinstance(item, Service)}


def _width_before(before: Menu, key: str) -> int:
    return next((len(one.items) for one in menus(before) if one.key == key), 0)


def _keeps_order(before: Menu, after: Menu) -> bool:
    old = next((one for one in menus(before) if one.key == after.key), None)
    return old is None or [item.key for item in old.items] == [item.key for item in after.items]
