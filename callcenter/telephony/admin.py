"""Trunks for administrators, and what the switches sent: to be read, never to be changed."""

from __future__ import annotations

from django.contrib import admin

from callcenter.foundation.read_only import ReadOnly
from callcenter.telephony.models import InboundEvent, Trunk


@admin.register(Trunk)
class TrunkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name", "group", "domain", "dialect", "last_event_at")
    list_filter = ("domain", "dialect")
    search_fields = ("key", "name", "group")
    readonly_fields = ("last_event_at",)


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnly):
    list_display = ("received_at", "source", "type", "external_id", "result", "code")
    list_filter = ("result", "type", "source")
    search_fields = ("external_id", "identity")
    ordering = ("-id",)
