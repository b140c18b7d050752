"""Who belongs with whom, by who talks with whom: circles, their key people and seeds, and people with a new number."""
