"""Find one person by any identifier."""
