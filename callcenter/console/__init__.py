"""Door 2, the agent: desk, screen-pop, wrap-up."""
