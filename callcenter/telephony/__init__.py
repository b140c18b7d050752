"""Door 1, the switch: the public call API and events in."""
