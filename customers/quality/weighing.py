"""How much each dimension weighs in the score: set by a person, shown on last night's measurements before it holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from customers.quality import formulas
from customers.quality.models import QualityScore, WeightSetting

OWN = {one.key: one.weight for one in formulas.DIMENSIONS}


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What holds now. `version` 1 is the formulas' own."""

    version: int
    by_dimension: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """The score of one source on its newest day, as it is and as it would be."""

    source: str
    score: float | None
    score_then: float | None


def present() -> Weights:
    """The weights that the next night counts with."""
    newest = WeightSetting.objects.order_by("-version").first()
    if newest is None:
        return Weights(version=1, by_dimension=OWN)
    return Weights(version=newest.version, by_dimension=OWN | newest.weights)


def history() -> list[WeightSetting]:
    """How they were set, the newest first; empty where they stand as the formulas have them."""
    return list(WeightSetting.objects.order_by("-version"))


def try_out(*, weights: Mapping[str, float]) -> list[Effect]:
    """What a score would come to by last night's dimensions; nothing is written. Raises Invalid."""
    wanted = _checked(weights)
    newest: dict[str, dict[str, float]] = {}
    rows = QualityScore.objects.order_by("source", "dimension", "-day").distinct("source", "dimension")
    for row in rows:
        newest.setdefault(row.source, {})[row.dimension] = row.value
    held = present().by_dimension
    return [
        Effect(source=source, score=formulas.score(values, held), score_then=formulas.score(values, wanted))
        for source, values in newest.items()
    ]


@command
def publish(*, weights: Mapping[str, float], version: int, actor: str, now: datetime) -> Weights:
    """They hold from the next night on. `version` is the one that was looked at. Raises Invalid, Conflict."""
    wanted = _checked(weights)
    if present().version != version:
        raise Conflict(_("Somebody set the weights meanwhile: look at them again."), code="version_conflict")
    WeightSetting.objects.create(version=version + 1, weights=wanted, actor=actor, at=now)
    audit.write(actor=actor, action="quality_weights.set", subject="quality:weights", data=wanted, now=now)
    return present()


def _checked(weights: Mapping[str, float]) -> dict[str, float]:
    told = {key: float(weights.get(key, math.nan)) for key in OWN}
    if not all(0 <= one <= 1 for one in told.values()) or not sum(told.values()):
        raise Invalid(_("Each dimension weighs 0 to 1, and not all of them nothing."), field="/weights")
    return told
