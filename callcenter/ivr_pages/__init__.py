"""The pages of the menus: explorer, calls behind a number, trace, comparison, proposals."""
