"""Live traffic: invented callers who walk the menus, wait, talk or give up, for as long as the demo runs."""
