"""A floor with a virtual clock that drives the very same matching as the dispatcher. Pure."""
