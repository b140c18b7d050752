"""The synthetic operator, its live traffic, and the replay of real days."""
