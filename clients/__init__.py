"""Clients of the public API, to be copied: each one file on its language's standard library."""
