"""What the contact policy is made of: limits, hours, pauses and calendars as data."""
