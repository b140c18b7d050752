"""What the courier and the pusher count."""

from __future__ import annotations

from prometheus_client import Counter

ATTEMPTS = Counter("zhiyin_webhook_attempts_total", "Requests to receivers by the status they answered", ["status"])
PUSHES = Counter("zhiyin_push_attempts_total", "Instructions sent to trunks by the status they answered", ["status"])
