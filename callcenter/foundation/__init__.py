"""The ground under the rooms: clock, event log, idempotency, audit, masks, principal, errors."""
