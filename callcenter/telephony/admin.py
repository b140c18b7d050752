"""Trunks for administrators, and what the switches sent: to be read, never to be changed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from callcenter.telephony.models import InboundEvent, Trunk


@admin.register(Trunk)
class TrunkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name", "group", "domain", "dialect", "last_event_at")
    list_filter = ("domain", "dialect")
    search_fields = ("key", "name", "group")
    readonly_fields = ("last_event_at",)


@admin.register(InboundEvent)
class InboundEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("received_at", "source", "type", "external_id", "result", "code")
    list_filter = ("result", "type", "source")
    search_fields = ("external_id", "identity")
    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboundEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InboundEvent | None = None) -> bool:
        return False
