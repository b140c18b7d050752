"""Looking for a better tree: moves, swaps, splits and merges under simulated annealing, each put in its best order. Pure.

Seeded and repeatable: the work is counted in trees tried, not in seconds. Never returns a tree worse than the present one,
nor one that breaks a limit.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from math import exp, log
from random import Random

from ivr.optimiser.trees import (
    Item,
    Limits,
    Menu,
    Service,
    copy,
    demand,
    depth,
    menus,
    put_in_order,
    service_seconds,
    total_seconds,
    violations,
)  # fmt: skip

TRIES = 3_000
WARM, COLD = 0.02, 0.0002  # of the present cost


def improve(present: Menu, limits: Limits, *, tries: int = TRIES, seed: int = 2010, free: bool = False) -> Menu:
    """The best tree found. `free` allows new menus to be made and old ones dissolved: for trees without labels."""
    random = Random(seed)
    start = copy(present)
    put_in_order(start, limits)
    if violations(present, start, limits):  # the present menus break a limit themselves: keep what people built
        start = copy(present)
    promote_all(start, limits)
    best, best_cost = copy(start), total_seconds(start)
    here, cost = copy(start), best_cost
    scale = total_seconds(present) or 1.0
    for number in range(tries):
        candidate = copy(here)
        if not _move(candidate, limits, random, free=free):
            continue
        put_in_order(candidate, limits)
        new = total_seconds(candidate)
        heat = scale * WARM * (COLD / WARM) ** (number / tries)
        if new <= cost or random.random() < exp((cost - new) / heat):
            here, cost = candidate, new
            if new < best_cost - 1e-9 and not violations(present, candidate, limits):
                best, best_cost = copy(candidate), new
    if free:
        _deal_out(best)
        put_in_order(best, limits)
    return best if total_seconds(best) <= total_seconds(present) else copy(present)


def promote_all(root: Menu, limits: Limits) -> None:
    """Lift services to the menus above as long as one lift pays: all ranked, the best done, then ranked afresh."""
    before = copy(root)
    while True:
        now, gain = total_seconds(root), 1e-9
        chosen: Menu | None = None
        for trial in _promotions(root, limits):
            put_in_order(trial, limits)
            saved = now - total_seconds(trial)
            if saved > gain and not violations(before, trial, limits):
                chosen, gain = trial, saved
        if chosen is None:
            return
        root.items = chosen.items


def _promotions(root: Menu, limits: Limits) -> list[Menu]:
    found = []
    above = {item.key: one.key for one in menus(root) for item in one.items}
    for one in list(menus(root)):
        for item in one.items:
            if isinstance(item, Menu) or item.key in limits.fixed | limits.last or one.key not in above:
                continue
            trial = copy(root)
            target = next(menu for menu in menus(trial) if menu.key == above[one.key])
            source = next(menu for menu in menus(trial) if menu.key == one.key)
            if _allowed(item, target, limits) and len(source.items) > 1:
                source.items.remove(item)
                target.items.append(item)
                found.append(trial)
    return found


def _allowed(item: Item, target: Menu, limits: Limits) -> bool:
    if len(target.items) >= limits.width or target.key in limits.fixed_order:
        return False
    return item.key not in limits.homes or target.key in limits.homes[item.key]


def _move(root: Menu, limits: Limits, random: Random, *, free: bool) -> bool:
    """One random change in place; False where it was not possible."""
    kind = random.random()
    if free and kind < 0.2:
        return _split(root, limits, random)
    if free and kind < 0.35:
        return _merge(root, limits, random)
    return _swap(root, limits, random) if kind < 0.6 else _relocate(root, limits, random)


def _movable(root: Menu, limits: Limits) -> list[tuple[Menu, Item]]:
    return [(one, item) for one in menus(root) for item in one.items if item.key not in limits.fixed | limits.last]


def _relocate(root: Menu, limits: Limits, random: Random) -> bool:
    some = _movable(root, limits)
    if not some:
        return False
    source, item = random.choice(some)
    inside = {id(one) for one in menus(item)} if isinstance(item, Menu) else set()
    homes = [one for one in menus(root) if id(one) not in inside and one is not source and _allowed(item, one, limits)]
    if not homes or source.key in limits.fixed_order or len(source.items) < 2:
        return False
    source.items.remove(item)
    random.choice(homes).items.append(item)
    _drop_single(root, limits)
    return depth(root) <= limits.depth


def _swap(root: Menu, limits: Limits, random: Random) -> bool:
    some = _movable(root, limits)
    if len(some) < 2:
        return False
    (first, one), (second, other) = random.sample(some, 2)
    if first is second or _inside(one, other) or _inside(other, one):
        return False
    if {first.key, second.key} & limits.fixed_order:
        return False
    if not (_fits(one, second, limits) and _fits(other, first, limits)):
        return False
    at, there = first.items.index(one), second.items.index(other)
    first.items[at], second.items[there] = other, one
    return depth(root) <= limits.depth


def _fits(item: Item, target: Menu, limits: Limits) -> bool:
    return item.key not in limits.homes or target.key in limits.homes[item.key]


def _inside(item: Item, other: Item) -> bool:
    return isinstance(item, Menu) and any(one is other or other in one.items for one in menus(item))


def _split(root: Menu, limits: Limits, random: Random) -> bool:
    """Some options of a menu go into a new menu below it."""
    wide = [one for one in menus(root) if len(one.items) > 2]
    if not wide:
        return False
    parent = random.choice(wide)
    some = random.sample(parent.items, random.randint(2, len(parent.items) - 1))
    below = Menu(
        key=f"new-{random.getrandbits(48):012x}", seconds=_usual(parent), lead_s=parent.lead_s,
        reaction_s=parent.reaction_s, timeout_s=parent.timeout_s, error=parent.error, attempts=parent.attempts, items=some,
    )  # fmt: skip
    parent.items = [item for item in parent.items if item not in some] + [below]
    return depth(root) <= limits.depth


def _merge(root: Menu, limits: Limits, random: Random) -> bool:
    """The options of a menu move up into the menu above it."""
    pairs = [(one, item) for one in menus(root) for item in one.items if isinstance(item, Menu)]
    if not pairs:
        return False
    parent, gone = random.choice(pairs)
    if len(parent.items) - 1 + len(gone.items) > limits.width:
        return False
    parent.items = [item for item in parent.items if item is not gone] + gone.items
    return True


def _drop_single(root: Menu, limits: Limits) -> None:
    """A menu made by us that holds one option is no menu."""
    for one in list(menus(root)):
        one.items = [
            item.items[0] if isinstance(item, Menu) and item.key.startswith("new-") and len(item.items) == 1 else item
            for item in one.items
        ]


def _usual(menu: Menu) -> float:
    return sum(item.seconds for item in menu.items) / len(menu.items)


def _deal_out(root: Menu) -> None:
    """With equal announcements any service may stand anywhere: the most wanted take the cheapest places."""
    places = [(one, place) for one in menus(root) for place, item in enumerate(one.items) if isinstance(item, Service)]
    seconds = service_seconds(root)
    places.sort(key=lambda place: seconds[place[0].items[place[1]].key])
    wanted = sorted((one.items[place] for one, place in places), key=lambda item: -demand(item))
    for (one, place), item in zip(places, wanted, strict=True):
        one.items[place] = item


def free_tree(shares: Sequence[float], *, lead_s: float, option_s: float, width: int) -> Menu:
    """An ordered Huffman tree of these services: where the free search begins."""
    heap: list[tuple[float, int, Item]] = [
        (share, number, Service(key=f"s{number}", seconds=option_s, demand=share))
        for number, share in enumerate(shares)
    ]
    heapq.heapify(heap)
    number = len(heap)
    first = (len(heap) - 2) % (width - 1) + 2 if len(heap) > 1 else 1
    while len(heap) > 1 or number == len(shares):
        taken = [heapq.heappop(heap) for _ in range(min(len(heap), first))]
        first = width
        items = [item for _, _, item in reversed(taken)]
        menu = Menu(key=f"new-{number}", seconds=option_s, lead_s=lead_s, items=items)
        heapq.heappush(heap, (sum(share for share, _, _ in taken), number, menu))
        number += 1
    root = heap[0][2]
    assert isinstance(root, Menu)
    root.key, root.seconds = "root", 0.0
    return root


def free_search(shares: Sequence[float], *, lead_s: float, option_s: float, width: int, tries: int = TRIES) -> Menu:
    """The search alone on a free tree, for comparison with the exact optimum."""
    start = free_tree(shares, lead_s=lead_s, option_s=option_s, width=width)
    limits = Limits(width=width, depth=2 + round(log(len(shares) + 1) * 3))
    return improve(start, limits, tries=tries, free=True)
