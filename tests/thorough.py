"""How many examples properties get: two fifths every day, all under THOROUGH=1, as `.ci/run` asks for."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("THOROUGH") == "1"


def examples(count: int, *, least: int = 10) -> int:
    """Other examples come each day, so that many short runs see what one long run sees."""
    return count if THOROUGH else max(least, count * 2 // 5)
