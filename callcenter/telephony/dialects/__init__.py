"""Switches in their own dialects, over one core.

A dialect is a module with two pure functions: `read`, from what its platform sends to `Heard`, and `write`, from an
`Answer` to the document its platform obeys. Everything between the two is the same for all (`conversation`).
"""
