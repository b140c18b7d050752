"""What goes together: mined from holdings, judged on what was taken later, and named at the desk only if that won."""
