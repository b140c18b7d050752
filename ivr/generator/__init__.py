"""Realistic path logs with planted truths: no public log of real key presses exists."""
