"""Door 4, notices out: event relay, SSE stream, resume."""
