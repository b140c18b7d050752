"""What the courier counts."""

from __future__ import annotations

from prometheus_client import Counter

ATTEMPTS = Counter("zhiyin_webhook_attempts_total", "Requests to receivers by the status they answered", ["status"])
