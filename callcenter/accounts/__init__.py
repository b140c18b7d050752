"""Users, roles, the rule of every URL, API keys, reveals, audit."""
