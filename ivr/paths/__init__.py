"""Paths and their figures."""
