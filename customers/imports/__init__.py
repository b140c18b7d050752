"""Files of other systems into customers: streamed, checked, resumed, repeatable without effect."""
