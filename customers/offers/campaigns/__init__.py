"""Campaigns: whom, what, by which channel, beside whom who is left in peace, and whether it helped."""
