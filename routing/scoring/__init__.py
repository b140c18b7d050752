"""What a pair of caller and agent is worth: prices by the fluid plan, learned outcomes, their proof. Pure but for tables."""
