"""A trunk for those who have no switch: whole conversations on every channel, through the public API alone."""
