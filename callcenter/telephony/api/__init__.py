"""Every address of the public API: read the request, one call inward, answer."""
