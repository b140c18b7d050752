"""The integration pages: keys, webhooks, connectors and what they sent, for the engineer who connects a switch."""
