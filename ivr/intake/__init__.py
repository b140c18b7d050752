"""Path events in."""
