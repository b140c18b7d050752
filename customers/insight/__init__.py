"""Tags and facts about a customer."""
