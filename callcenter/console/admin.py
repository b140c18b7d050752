"""The floor's own words: labels of states and dispositions."""

from __future__ import annotations

from django.contrib import admin

from callcenter.console.models import Disposition, StateLabel


@admin.register(StateLabel)
class StateLabelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name_en", "name_zh", "category", "max_minutes", "position")
    list_editable = ("position",)
    list_filter = ("category",)
    ordering = ("position", "id")
    list_per_page = 50


@admin.register(Disposition)
class DispositionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("code", "name_en", "name_zh", "initials", "resolved", "do_not_contact", "position")
    list_editable = ("position",)
    list_filter = ("resolved", "do_not_contact")
    search_fields = ("code", "name_en", "name_zh", "initials")
    ordering = ("position", "id")
    list_per_page = 50
