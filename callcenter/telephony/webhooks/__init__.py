"""Webhooks out: a cursor over the event log for each receiver, signed CloudEvents, retried for three days."""
