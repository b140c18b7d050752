"""What the live door counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

STREAMS = Gauge("zhiyin_sse_clients", "Open live streams of this process")
RESYNCS = Counter("zhiyin_sse_resync_total", "Readers told to fetch the state afresh")
