"""Which callers must learn anew when keys move: who pressed them lately. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ivr.flows.differences import Change
from ivr.paths.measures import Selection


def callers_of_moved_keys(*, changes: Sequence[Change], selection: Selection) -> dict[tuple[str, str], int]:
    """Calls that pressed a key which moves or goes, by (node, key): the callers who must learn anew."""
    store = selection.store
    found: dict[tuple[str, str], int] = {}
    for change in changes:
        key = {"key_moved": change.before, "choice_removed": change.field}.get(change.what)
        if key is None:
            continue
        node = store.node(change.node)
        pressed = store.keys.index(key) if key in store.keys else -1
        here = (selection.code == node) & (selection.of_steps("key") == pressed)
        found[change.node, key] = len(np.unique(selection.of_steps("call")[here]))
    return found
