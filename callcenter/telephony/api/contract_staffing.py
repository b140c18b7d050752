"""The contract of how many agents a day needs."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from callcenter.telephony.api.lines import READS, Json, Operation, parameter
from callcenter.telephony.shapes import Shape, moment, word
from routing.staffing_plan import INTERVALS, RANGES

MEANS = {
    "load": "Times the calls forecast; 1 by default.",
    "handle_s": "Mean handling time; as forecast by default.",
    "patience_s": "Mean patience; as measured by default.",
    "shrinkage": "Share of paid time spent otherwise; 0.3 by default.",
    "level": "Service level to reach; 0.8 by default.",
    "target_s": "Answered within; as the queue is set by default.",
    "least": "Agents there while the queue is open; 0 by default.",
    "agents": "So many are there, needed or not. With `queue` only.",
}


class IntervalShape(Shape):
    at = moment(null=False)
    open = serializers.BooleanField()
    calls = serializers.FloatField(help_text="Expected.")
    handle_s = serializers.FloatField()
    erlangs = serializers.FloatField()
    needed = serializers.FloatField(help_text="Agents by Erlang A, a fraction: sum queues before rounding up.")
    needed_erlang_c = serializers.FloatField()
    agents = serializers.FloatField(help_text="There: needed, at least as many as asked for, or as said.")
    rostered = serializers.IntegerField(help_text="With shrinkage.")
    service_level = serializers.FloatField(allow_null=True)
    wait_s = serializers.FloatField(allow_null=True)
    abandoned = serializers.FloatField(allow_null=True)
    occupancy = serializers.FloatField(allow_null=True)
    real_calls = serializers.IntegerField(allow_null=True, help_text="Of a day that is over or on.")
    real_service_level = serializers.FloatField(allow_null=True)


class StaffingAnswer(Shape):
    day = serializers.DateField()
    queue = word("Empty: all queues.")
    minutes = serializers.IntegerField()
    days = serializers.ListField(child=serializers.DateField(), help_text="The forecast is made of; empty: no history.")
    like_days = serializers.BooleanField(help_text="They are days like it, not just the last ones.")
    agent_hours = serializers.FloatField()
    rostered_hours = serializers.FloatField()
    intervals = IntervalShape(many=True)


_INTERVAL: Json = {
    "at": "2026-03-04T01:00:00.000Z", "open": True, "calls": 42.5, "handle_s": 212.0, "erlangs": 5.01, "needed": 6.84,
    "needed_erlang_c": 8, "agents": 7, "rostered": 10, "service_level": 0.812, "wait_s": 11.9, "abandoned": 0.034,
    "occupancy": 0.69, "real_calls": None, "real_service_level": None,
}  # fmt: skip
STAFFING: dict[str, Operation] = {
    "staffing": Operation(
        tag="queues",
        summary="How many agents a day needs",
        description=(
            "Forecast from earlier days like it; agents by Erlang A (callers leave) and Erlang C (nobody leaves). Voice and"
            " video alone. Tomorrow and all queues by default."
        ),
        answers={200: (StaffingAnswer, {
            "day": "2026-03-04", "queue": "billing", "minutes": 30, "days": ["2026-02-25", "2026-02-18"],
            "like_days": True, "agent_hours": 71.5, "rostered_hours": 104.0, "intervals": [_INTERVAL],
        })},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(
            parameter("queue", "Its key; without it all of the domain."),
            OpenApiParameter("day", {"type": "string", "format": "date"}, description="In the site's zone."),
            OpenApiParameter(
                "minutes", {"type": "string", "enum": [str(one) for one in INTERVALS]}, description="Of an interval."
            ),
            *(
                OpenApiParameter(name, {"type": "number", "minimum": least, "maximum": most}, description=MEANS[name])
                for name, (least, most) in RANGES.items()
            ),
        ),
    ),
}  # fmt: skip
