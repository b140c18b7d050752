"""Django's PostgreSQL backend with a short road for statements."""
