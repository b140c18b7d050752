"""What the caller did before a human."""
