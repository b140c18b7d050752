"""People, keys, and what may only be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import ApiKey, LookUpAlarm, LookUpRule, Reveal, User
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.read_only import ReadOnly


class Audited(admin.ModelAdmin):  # type: ignore[type-arg]
    """Every change through the admin leaves a line in the audit trail."""

    list_per_page = 50
    show_full_result_count = False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _note(request, obj, "added", [])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _note(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            _note(request, obj, "deleted", [])
        return super().log_deletions(request, queryset)


def _note(request: HttpRequest, obj: Model, verb: str, message: Any) -> None:
    name = obj._meta.model_name
    fields = [
        field for part in message if isinstance(part, dict) for field in part.get("changed", {}).get("fields", [])
    ]
    audit.write(
        actor=f"user:{request.user.pk}",
        action=f"{name}.{verb}",
        subject=f"{name}:{obj.pk}",
        data={"fields": [str(field) for field in fields]} if fields else {},
        now=db_now(),
    )


@admin.register(User)
class People(Audited, UserAdmin):  # type: ignore[type-arg]
    """Who signs in, and as what. Disabling somebody ends their pages and streams within seconds."""

    list_display = ("username", "first_name", "last_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Rights"), {"fields": ("role", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "role", "usable_password", "password1", "password2")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People stay in the history they made: disable them instead."""
        return False


@admin.register(ApiKey)
class Keys(Audited):
    """Keys of machines. A new one is made by `manage.py create_api_key`, which shows its secret once."""

    list_display = (
        "prefix",
        "name",
        "domain",
        "trunk",
        "scopes",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    list_filter = ("domain",)
    search_fields = ("prefix", "name")
    fields = ("prefix", "name", "domain", "trunk", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "domain", "trunk", "scopes", "created_at", "expires_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key that was used stands in events and audit rows: revoke it instead."""
        return False


@admin.register(Reveal)
class Reveals(ReadOnly):
    list_display = ("at", "user", "subject", "field", "purpose")
    list_select_related = ("user",)
    search_fields = ("=subject", "=user__username")
    ordering = ("-at",)


@admin.register(LookUpAlarm)
class LookUpAlarms(ReadOnly):
    list_display = ("at", "user", "key", "looked", "usual", "why", "seen_at", "seen_by")
    list_select_related = ("user", "key")
    ordering = ("-at",)


@admin.register(LookUpRule)
class LookUpRules(ReadOnly):
    list_display = ("at", "actor", "of", "most", "least", "sigmas")
    ordering = ("-at",)


@admin.register(AuditEntry)
class AuditTrail(ReadOnly):
    list_display = ("at", "actor", "action", "subject", "purpose")
    search_fields = ("=subject", "=actor", "=action")
    ordering = ("-id",)
