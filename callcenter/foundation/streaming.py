"""Answers that stay open for hours."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse


def sse_response(frames: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """A stream that no proxy may hold back, compress or keep."""
    response = StreamingHttpResponse(frames, content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response
