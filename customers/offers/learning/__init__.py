"""Learning who says yes and keeps it: judged in time order, calibrated, kept as plain numbers."""
