"""The contract of events out: cursor, stream, snapshot, limits."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

from callcenter.telephony import examples, shapes
from callcenter.telephony.api.lines import CURSOR, EVERYWHERE, LIMIT, WAIT, Operation, parameter, patterned

FEED: dict[str, Operation] = {
    "events": Operation(
        tag="events out",
        summary="Everything that happens, from a cursor on",
        description=(
            "In publishing order, without gaps. Keep `next` and ask again with it; with `wait` the answer comes as soon"
            " as something happens."
        ),
        answers={200: (shapes.EventsAnswer, {"events": [examples.EVENT], "next": "main:1043"})},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field", "cursor_expired", "lane_full"),
        query=(
            patterned("after", "Cursor; events after it. Without it: from the oldest kept.", CURSOR),
            parameter("types", "Types, comma-separated; `call.*` stands for all of a kind."),
            LIMIT,
            WAIT,
        ),
    ),
    "event_stream": Operation(
        tag="events out",
        summary="Everything that happens, as it happens",
        description=(
            "Server-sent events: `id` is the cursor, `event` the type, `data` the event as `/events` tells it. A `beat`"
            " comes at least every 5 seconds; silence for 10 means a dead line: come back with `Last-Event-ID`."
        ),
        answers={(200, "text/event-stream"): (str, examples.FRAME)},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field", "cursor_expired", "lane_full"),
        query=(
            patterned(
                "after",
                "Cursor to begin after, where `Last-Event-ID` is not sent. Without either: from now on.",
                CURSOR,
            ),
            parameter("types", "Types, comma-separated; `call.*` stands for all of a kind."),
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="The last `id` received."),
        ),
    ),
    "sync": Operation(
        tag="events out",
        summary="One consistent snapshot of all that lives",
        description=(
            "Start here, then follow `/events` from its cursor. An event already contained has a `sequence` not above"
            " the call's `version`: skip it."
        ),
        answers={
            200: (
                shapes.SyncAnswer,
                {
                    "cursor": examples.CURSOR,
                    "at": "2026-03-04T05:06:08.000Z",
                    "calls": [examples.CALL],
                    "reservations": [examples.RESERVATION],
                    "agents": [examples.AGENT],
                },
            )
        },
        problems=EVERYWHERE,
    ),
    "limits": Operation(
        tag="events out", summary="The limits of this API", answers={200: (shapes.LimitsAnswer, examples.LIMITS)}
    ),
}
