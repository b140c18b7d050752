"""Asterisk by its REST interface: events by WebSocket, commands by HTTP, one process that connects (`manage.py ari`)."""
