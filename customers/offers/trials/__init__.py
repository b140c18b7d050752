"""Whom a gift keeps: a coin with known odds, what became of both sides, and what may be claimed of it."""
