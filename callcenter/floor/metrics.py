"""The figures of the floor: each defined once, read by tile, table, popover and file alike.

Ratios are made here, after summing, from the additive components the rooms count. A figure that has nothing to divide
by is None and shown as a dash: never 0 %, never 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from routing.queue_figures import FIGURES, Components

SERVICE_GOAL = 0.80  # the usual goal; below it a service level is shown as wanting


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure: how it is called, explained, judged, and which calls stand behind it. Computed in routing.queue_figures."""

    code: str
    name: str | Promise
    unit: str  # count | share | seconds
    better: str  # up | down | neutral: which direction is good
    formula_code: str
    formula: str | Promise
    note: str | Promise = ""  # the trap the definition avoids
    result: str = ""  # the list behind it, see routing.reporting.RESULTS; "ivr" is the menus' page


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A metric with its value now."""

    metric: Metric
    value: float | None
    n: int

    @property
    def tone(self) -> str:
        """What the value asks for: "" nothing, warn a look."""
        if self.metric.code == "service_level" and self.value is not None and self.value < SERVICE_GOAL:
            return "warn"
        return ""


METRICS: tuple[Metric, ...] = (
    Metric(
        code="service_level",
        name=_("Service level"),
        unit="share",
        better="up",
        formula_code="F4",
        formula=_("answered ≤ T ÷ (answered + abandoned > T)"),
        note=_(
            "T is the target of each queue. Calls that hang up before T count neither for nor against. "
            "A call belongs to the moment it entered the queue; those still waiting are not judged yet."
        ),
        result="judged",
    ),
    Metric(
        code="waiting",
        name=_("Waiting"),
        unit="count",
        better="down",
        formula_code="W",
        formula=_("calls in a queue, and calls whose agent has not answered yet"),
        result="waiting",
    ),
    Metric(
        code="longest_wait",
        name=_("Longest wait"),
        unit="seconds",
        better="down",
        formula_code="LW",
        formula=_("the longest time that any waiting caller has been in the queue"),
        note=_("Counted from the first queueing, not from a transfer."),
        result="waiting",
    ),
    Metric(
        code="offered",
        name=_("Offered"),
        unit="count",
        better="neutral",
        formula_code="O",
        formula=_("answered + abandoned + flowed out"),
        note=_("Callers who hung up in the menus are not in it, nor those who still wait."),
        result="offered",
    ),
    Metric(
        code="answered",
        name=_("Answered"),
        unit="count",
        better="up",
        formula_code="A",
        formula=_("calls in which agent and caller were connected"),
        result="answered",
    ),
    Metric(
        code="abandoned",
        name=_("Abandoned"),
        unit="count",
        better="down",
        formula_code="B",
        formula=_("callers who left the queue, or the ringing, before an agent answered"),
        result="abandoned",
    ),
    Metric(
        code="abandonment",
        name=_("Abandonment"),
        unit="share",
        better="down",
        formula_code="B5",
        formula=_("abandoned > 5 s ÷ (offered − abandoned ≤ 5 s)"),
        note=_("Who leaves within 5 seconds did not really wait."),
        result="abandoned",
    ),
    Metric(
        code="asa",
        name=_("Speed of answer"),
        unit="seconds",
        better="down",
        formula_code="ASA",
        formula=_("mean wait of answered calls, zero waits included"),
        result="answered",
    ),
    Metric(
        code="in_ivr",
        name=_("In the menus"),
        unit="count",
        better="neutral",
        formula_code="IVR",
        formula=_("callers in the IVR now, heard from within 30 minutes"),
        result="ivr",
    ),
)

REGISTRY: dict[str, Metric] = {metric.code: metric for metric in METRICS}


def measure(code: str, components: Components) -> Figure:
    """One figure from its components. Unknown codes are a mistake of ours: KeyError."""
    value, n = FIGURES[code](components)
    return Figure(metric=REGISTRY[code], value=value, n=n)
