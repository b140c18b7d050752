"""The words an agent may say: written by one person, approved by another, filled from a short list of slots."""
