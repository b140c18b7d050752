"""Offers that wait for the customer to come to us, where neither a call nor a message is allowed."""
