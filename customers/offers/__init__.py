"""What suits this caller, whether we may say it, and in which words."""
