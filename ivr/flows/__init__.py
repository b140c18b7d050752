"""Menus as versioned graphs."""
