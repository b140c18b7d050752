"""What weighs more than any offer: an outage, arrears, a bereavement … as facts with a source and an end."""
