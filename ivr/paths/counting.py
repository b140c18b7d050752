"""The values of the unrolled picture: places, ways, and what is drawn for all that is not drawn by name. Pure.

The picture may be trimmed (8 steps, 12 nodes a step), the numbers never: what is not drawn by name stands in "Other"
and in "goes on", and into every node goes as much as comes out of it or ends there.
"""

from __future__ import annotations

from dataclasses import dataclass

DEPTH = 8  # steps drawn
WIDTH = 12  # nodes drawn by name in a step
OTHER = "~other"  # the nodes of a step that are not drawn by name
GOES_ON = "~goes_on"  # calls with more steps than are drawn
END = "~"  # "~agent", "~task" …: the end of a call, drawn in the step after its last node


@dataclass(frozen=True, kw_only=True)
class Place:
    """One node of the picture: a menu node, "Other", or an end, at one step."""

    step: int  # 1 = first
    node: str
    calls: int
    ended: int = 0  # of them, ended right here; the others go on along the ways

    @property
    def id(self) -> str:
        return f"{self.step}:{self.node}"


@dataclass(frozen=True, kw_only=True)
class Way:
    """Calls that went from one place to another."""

    step: int  # of the source
    source: str
    target: str
    calls: int
    share: float  # of the calls at the source, 0–1

    @property
    def source_id(self) -> str:
        return f"{self.step}:{self.source}"

    @property
    def target_id(self) -> str:
        return f"{self.step + 1}:{self.target}"
