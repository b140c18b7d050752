"""What people may ask of us about themselves, and how long we keep what nobody asked about."""
