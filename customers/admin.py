"""The catalogue, tags and scripts to keep in order, and a look at customers in which every personal value is masked.

Lists, search and forms here never hold a name or a number in clear: whoever must see one sees it while serving the
customer, with an audit row. Words are drafted here by one person and published by another.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter.foundation import masks
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.read_only import ModelAdmin, ReadOnly
from customers import looking
from customers.identity import sealed
from customers.models import Customer, DoNotCall, Identifier, Offering, Script, ScriptVersion, Tag
from customers.offers.scripts import operations as scripts
from customers.offers.wording import yuan


@admin.register(Customer)
class CustomerAdmin(ReadOnly):
    fields = (
        "id",
        "masked_name",
        "kind",
        "status",
        "language",
        "region",
        "level",
        "value_tier",
        "lifecycle",
        "since",
        "created_at",
        "source",
        "observed_at",
    )
    list_display = ("id", "masked_name", "kind", "status", "language", "level", "since")
    list_filter = ("kind", "status", "language", "level")
    search_fields = ("=id",)
    ordering = ("-id",)
    show_full_result_count = False  # counting millions of rows to show twenty

    @admin.display(description=gettext_lazy("Name"))
    def masked_name(self, customer: Customer) -> str:
        return masks.person(customer.name)


@admin.register(Identifier)
class IdentifierAdmin(ReadOnly):
    fields = (
        "customer_id",
        "kind",
        "scope",
        "masked",
        "role",
        "verified_at",
        "last_seen_at",
        "source",
        "valid_from",
        "valid_to",
    )
    list_display = ("id", "customer_id", "kind", "masked", "role", "verified_at")
    list_filter = ("kind", "role")
    search_fields = ("=customer__id",)
    ordering = ("-id",)
    show_full_result_count = False

    @admin.display(description=gettext_lazy("Value"))
    def masked(self, identifier: Identifier) -> str:
        return masks.identifier(
            kind=identifier.kind, value=sealed.clear(identifier.kind, identifier.value, identifier.sealed)
        )


@admin.register(DoNotCall)
class DoNotCallAdmin(ReadOnly):
    fields = ("customer_id", "masked_number", "source", "at")
    list_display = ("id", "customer_id", "masked_number", "source", "at")
    ordering = ("-id",)
    show_full_result_count = False

    @admin.display(description=gettext_lazy("Number"))
    def masked_number(self, wish: DoNotCall) -> str:
        return masks.phone(wish.number) if wish.number else ""


@admin.register(Offering)
class OfferingAdmin(ReadOnly):
    """Seen here; changed on the catalogue's pages alone, where every change is a version with its author and reason."""

    list_display = ("code", "family", "kind", "name_en", "name_zh", "fee", "valid_from", "valid_to")
    list_filter = ("family", "kind")
    search_fields = ("code", "name_en", "name_zh")
    ordering = ("family", "code")

    @admin.display(description=gettext_lazy("Monthly fee in yuan"), ordering="fee_fen")
    def fee(self, offering: Offering) -> str:
        return yuan(offering.fee_fen)


@admin.register(Tag)
class TagAdmin(ModelAdmin):
    list_display = ("key", "name_en", "name_zh", "layer")
    list_filter = ("layer",)
    search_fields = ("key", "name_en", "name_zh")
    ordering = ("key",)


@admin.register(Script)
class ScriptAdmin(ModelAdmin):
    list_display = ("key", "intent", "offering")
    list_select_related = ("offering",)
    search_fields = ("key", "intent", "offering__code")
    ordering = ("key",)


@admin.register(ScriptVersion)
class ScriptVersionAdmin(ModelAdmin):
    """Drafts are written here and signed by who writes them; publishing is an action of somebody else."""

    fields = ("script", "language", "lines", "cue", "number", "state", "author", "approver", "published_at")
    readonly_fields = ("number", "state", "author", "approver", "published_at")
    list_display = ("script", "language", "number", "state", "author", "approver", "published_at")
    list_filter = ("state", "language")
    list_select_related = ("script",)
    search_fields = ("script__key",)
    ordering = ("script__key", "language", "-number")
    actions = ("publish",)

    def save_model(self, request: HttpRequest, obj: ScriptVersion, form: Any, change: bool) -> None:
        if not change:
            newest = ScriptVersion.objects.filter(script=obj.script, language=obj.language).order_by("-number").first()
            obj.number = newest.number + 1 if newest else 1
        obj.author = _signature(request)  # whoever changed the text last wrote it
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: ScriptVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: ScriptVersion | None = None) -> bool:
        return obj is not None and super().has_delete_permission(request, obj) and _is_draft(obj)

    @admin.action(description=gettext_lazy("Publish the selected versions"))
    def publish(self, request: HttpRequest, queryset: QuerySet[ScriptVersion]) -> None:
        now = db_now()
        for version in queryset.select_related("script"):
            try:
                scripts.publish(
                    key=version.script.key,
                    language=version.language,
                    number=version.number,
                    approver=_signature(request),
                    now=now,
                )
            except Refused as refusal:
                self.message_user(request, f"{version.script.key}: {refusal.sentence}", messages.ERROR)
            else:
                self.message_user(request, _("{script} is published.").format(script=version.script.key))


def _signature(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


def _is_draft(version: ScriptVersion | None) -> bool:
    return version is None or version.state == ScriptVersion.State.DRAFT


looking.register_the_rest()
