"""Satisfaction at two doors: the page a caller answers on, and what supervisors learn from it."""
