"""How good each source's data is: five dimensions by formulas that are shown, every day, with their trend."""
