"""What a tariff grants, read from its data. Pure. Seconds, KB (1 GB = 1,024 × 1,024 KB) and messages a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NATIONAL = "national"


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What is included each month and can be used anywhere in the country at any time."""

    voice_s: int = 0
    data_kb: int = 0
    messages: int = 0

    def __add__(self, other: Allowance) -> Allowance:
        return Allowance(
            voice_s=self.voice_s + other.voice_s,
            data_kb=self.data_kb + other.data_kb,
            messages=self.messages + other.messages,
        )


def allowance(tariff: Mapping[str, Any]) -> Allowance:
    """The sum of the tariff's national buckets; buckets for a place, an hour or one application do not count here."""
    sums = {"voice": 0, "data": 0, "messages": 0}
    for bucket in tariff.get("buckets", ()):
        if bucket.get("scope", NATIONAL) == NATIONAL and bucket.get("service") in sums:
            sums[bucket["service"]] += int(bucket["amount"])
    return Allowance(voice_s=sums["voice"], data_kb=sums["data"], messages=sums["messages"])
