"""The contract of what a switch asks about waiting, and of callbacks."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony import shapes
from callcenter.telephony.api.lines import READS, Operation
from callcenter.telephony.examples import WAIT_ESTIMATE
from callcenter.telephony.shapes import Shape, word


class QueueWaitAnswer(Shape):
    queue = word()
    ahead = serializers.IntegerField(help_text="Callers who wait in it now.")
    wait_estimate = shapes.WaitEstimateShape(allow_null=True, help_text="For a caller who would enter now.")
    reason = word("Why there is none: too_few_answers, nobody_staffed, closed.")


ROUTING: dict[str, Operation] = {
    "queue_wait": Operation(
        tag="queues",
        summary="How long a caller who enters this queue now will wait",
        description=(
            "P50 and P90, scaled so that of the last answers half waited at most P50 and nine of ten at most P90. Null"
            " with a reason where fewer than 20 answers are known, nobody is there, or the queue is closed."
        ),
        answers={
            200: (
                QueueWaitAnswer,
                {"queue": "billing", "ahead": 3, "wait_estimate": WAIT_ESTIMATE, "reason": ""},
            )
        },
        problems=READS,
    ),
}
