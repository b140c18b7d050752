"""The ivr room for administrators: flows to be read, what the switches sent to be looked into, nothing to be forged."""

from __future__ import annotations

from django.contrib import admin

from callcenter.foundation.read_only import ReadOnly
from ivr.models import Flow, FlowTrial, FlowVersion, QuarantinedEvent, Session, SurveyForm, SurveyInvitation, SurveyPlan


@admin.register(Flow)
class FlowAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "name_en", "name_zh", "entries")
    search_fields = ("key", "name_en", "name_zh")


@admin.register(FlowVersion)
class FlowVersionAdmin(ReadOnly):
    """Versions are published by `ivr.flows.operations.publish`, which validates them; what was published stands."""

    list_display = ("flow", "number", "state", "effective_from")
    list_filter = ("flow", "state")
    list_select_related = ("flow",)


@admin.register(FlowTrial)
class FlowTrialAdmin(ReadOnly):
    list_display = ("flow", "version", "share", "started_at", "ended_at", "kept")
    list_filter = ("flow",)
    list_select_related = ("flow", "version")


@admin.register(Session)
class SessionAdmin(ReadOnly):
    list_display = ("call", "started_at", "ended_at", "outcome", "node", "reason", "source")
    list_filter = ("outcome", "source")
    ordering = ("-started_at",)


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnly):
    list_display = ("received_at", "source", "code", "sentence", "call")
    list_filter = ("code", "source")
    ordering = ("-received_at",)


@admin.register(SurveyForm)
class SurveyFormAdmin(ReadOnly):
    """Forms are published by `manage.py publish_survey_form`, which validates them; what was published stands."""

    list_display = ("key", "number", "published_at", "published_by")


@admin.register(SurveyPlan)
class SurveyPlanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whom we ask: tried in order, the first that says yes invites."""

    list_display = ("position", "key", "form", "channel", "reached", "share", "quiet_days", "least_talk_s", "active")
    list_display_links = ("key",)


@admin.register(SurveyInvitation)
class SurveyInvitationAdmin(ReadOnly):
    list_display = ("at", "state", "reason", "detail", "channel", "reached", "queue", "agent", "score")
    list_filter = ("state", "reason", "channel", "reached")
    ordering = ("-at",)
