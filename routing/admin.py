"""Queues, skills and agents for administrators. Calls and reservations are to be read, never to be changed by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from callcenter.foundation.clock import db_now
from callcenter.foundation.read_only import ReadOnly
from routing.models import (
    Agent,
    AgentCapacity,
    AgentSkill,
    AgentTrait,
    CalendarDay,
    Call,
    Channel,
    Closure,
    Domain,
    DomainVersion,
    ExcludedPair,
    Fit,
    GroupCapacity,
    Handover,
    OpeningHours,
    OverflowRule,
    Queue,
    QueueRank,
    QueueVersion,
    RelaxationStep,
    Reservation,
    SiteWord,
    Skill,
    Team,
    WhatIf,
)
from routing.operations.queue_changes import keep_first, keep_version


@admin.register(Domain)
class DomainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name", "roster_version", "lease_holder", "lease_until")
    readonly_fields = ("roster_version", "lease_holder", "lease_token", "lease_until")


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name_en", "name_zh")
    search_fields = ("key", "name_en", "name_zh")


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "domain", "name_en", "name_zh")
    list_filter = ("domain",)
    search_fields = ("key", "name_en", "name_zh")


class RelaxationStepInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RelaxationStep
    extra = 0
    filter_horizontal = ("rings",)


class OpeningHoursInline(admin.TabularInline):  # type: ignore[type-arg]
    model = OpeningHours
    extra = 0


class OverflowRuleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = OverflowRule
    fk_name = "queue"
    extra = 0
    filter_horizontal = ("teams",)


class QueueRankInline(admin.TabularInline):  # type: ignore[type-arg]
    model = QueueRank
    extra = 0
    autocomplete_fields = ("agent",)


@admin.register(Queue)
class QueueAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "key",
        "domain",
        "name_en",
        "name_zh",
        "required",
        "strategy",
        "head_start_s",
        "target_s",
        "wrap_up_mode",
    )
    list_filter = ("domain", "strategy")
    search_fields = ("key", "name_en", "name_zh")
    filter_horizontal = ("members",)
    inlines = (OpeningHoursInline, RelaxationStepInline, OverflowRuleInline, QueueRankInline)

    def save_model(self, request: HttpRequest, obj: Queue, form: Any, change: bool) -> None:
        """Settings are kept as versions here, too."""
        if change:
            keep_first(Queue.objects.get(pk=obj.pk), now=db_now())
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        keep_version(form.instance, why="administration", now=db_now(), actor=f"user:{request.user.pk}")


@admin.register(QueueVersion)
class QueueVersionAdmin(ReadOnly):
    list_display = ("queue", "number", "at", "by", "why")
    list_filter = ("queue",)


@admin.register(DomainVersion)
class DomainVersionAdmin(ReadOnly):
    list_display = ("domain", "number", "at", "by", "why")


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    list_display = ("call", "to_domain", "to_queue", "hop", "made_at", "done_at", "trouble")
    list_filter = ("to_domain",)


@admin.register(SiteWord)
class SiteWordAdmin(ReadOnly):
    list_display = ("site", "takes", "at")


@admin.register(WhatIf)
class WhatIfAdmin(ReadOnly):
    list_display = ("queue", "state", "asked_at", "by", "days")
    list_filter = ("state",)


class AgentSkillInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AgentSkill
    extra = 0
    autocomplete_fields = ("skill",)


class AgentCapacityInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AgentCapacity
    extra = 0


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name_en", "name_zh", "group")
    list_filter = ("group",)


@admin.register(GroupCapacity)
class GroupCapacityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("domain", "group", "slots", "beside_messaging", "beside_deferred")
    list_filter = ("domain",)


class AgentTraitInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AgentTrait
    extra = 0


@admin.register(Closure)
class ClosureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("domain", "queue", "starts_at", "ends_at", "reason")
    list_filter = ("domain", "queue")


@admin.register(CalendarDay)
class CalendarDayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("day", "name", "worked_as", "domain")
    list_filter = ("domain",)
    date_hierarchy = "day"


@admin.register(Fit)
class FitAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("caller_type", "trait", "fit", "domain")
    list_editable = ("fit",)
    list_filter = ("domain", "caller_type", "trait")


@admin.register(ExcludedPair)
class ExcludedPairAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("customer", "agent", "reason", "noted_by", "noted_at")
    search_fields = ("customer", "agent__key", "reason")
    autocomplete_fields = ("agent",)


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who the agent is. How they stand is theirs and the dispatcher's to say."""

    list_display = ("key", "name_en", "name_zh", "team", "presence", "device", "idle_since")
    list_filter = ("domain", "team", "presence")
    search_fields = ("key", "name_en", "name_zh")
    fields = ("domain", "user", "key", "name_en", "name_zh", "team", "contact")
    autocomplete_fields = ("team",)
    raw_id_fields = ("user",)
    inlines = (AgentSkillInline, AgentTraitInline, AgentCapacityInline)

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """Write what was edited and nothing else: presence and idle clock may have moved since the page was opened."""
        obj.save(update_fields=form.changed_data if change else None)


@admin.register(Call)
class CallAdmin(ReadOnly):
    """Whose call it was stays with the customers room: no number stands here."""

    list_display = ("id", "domain", "queue", "channel", "state", "end_reason", "arrived_at", "connected_at", "ended_at")
    list_filter = ("domain", "state", "queue")
    search_fields = ("id", "external_id")
    exclude = ("from_number", "from_e164", "to_number", "customer", "attributes", "facts")
    ordering = ("-arrived_at",)
    list_select_related = ("domain", "queue")


@admin.register(Reservation)
class ReservationAdmin(ReadOnly):
    list_display = ("id", "call", "agent", "queue", "state", "end_reason", "created_at", "connected_at", "ended_at")
    list_filter = ("domain", "state", "end_reason")
    search_fields = ("id", "call__id", "agent__key")
    ordering = ("-created_at",)
    list_select_related = ("call", "agent", "queue")
