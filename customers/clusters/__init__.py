"""Customers who are alike, found without a question: named by what sets them apart, with a rule that can be asked."""
