"""Who is meant: nested conditions as data, counted at once, never without the standing exclusions."""
