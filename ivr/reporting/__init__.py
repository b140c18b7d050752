"""The report of the menus: blocks of figures and sentences, kept as they were; the floor renders."""
