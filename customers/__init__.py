"""Who is calling, and what suits them."""
