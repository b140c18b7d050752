"""Who takes the call."""
