"""Households, campuses and enterprises found in what people share: proposed with the evidence, never merged."""
