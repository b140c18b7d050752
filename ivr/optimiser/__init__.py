"""Better menus, with how far they are from the best there can be."""
