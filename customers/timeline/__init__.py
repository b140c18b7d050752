"""Everything that happened between us and a customer, newest first."""
