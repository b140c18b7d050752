"""A real day of the bank's log through the public API, beside what the bank saw."""
