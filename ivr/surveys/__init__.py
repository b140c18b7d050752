"""Satisfaction: what callers are asked after a call, who is asked, and what they said."""
