"""A condition as it arrives, understood or refused in words."""

from __future__ import annotations

from typing import Any

from callcenter.foundation.errors import Invalid
from customers.segments.grammar import BadTree, Node, parse
from customers.segments.words import REFUSED


def understood(tree: Any, *, place: str = "/tree") -> Node:
    """The parsed condition. Raises Invalid with the place of the first fault and a sentence."""
    try:
        return parse(tree)
    except BadTree as bad:
        raise Invalid(str(REFUSED[bad.code]) % {"about": bad.about}, field=place + bad.place) from bad
    except RecursionError:
        raise Invalid(str(REFUSED["too_deep"]) % {"about": 8}, field=place) from None
