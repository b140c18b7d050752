"""Products, tariffs, holdings, usage."""
