"""Linking records into persons, in batch: prepare, weigh (Splink), join best-first under guards, propose or merge."""
