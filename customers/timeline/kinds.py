"""The words of the timeline, one list for those who write it, those who filter it and those who fill it. Pure."""

from __future__ import annotations

CALL = "call"
PATH = "path"
TICKET = "ticket"
ORDER = "order"
MESSAGE = "message"
OFFER = "offer"
COMPLAINT = "complaint"
BILL = "bill"
NOTE = "note"

KINDS = (CALL, PATH, TICKET, ORDER, MESSAGE, OFFER, COMPLAINT, BILL, NOTE)

# A ticket or complaint with this outcome waits for us; when it is settled its row says how ("solved", "withdrawn" …).
OPEN = "open"
