"""Door 3, the supervisor: metrics, live floor, IVR picture."""
