"""The predicted reason of the call."""
