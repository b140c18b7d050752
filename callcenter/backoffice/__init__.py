"""Door: the pages behind the floor, where customers are kept in order: one person's view, merge review, imports."""
