"""Writing flows: publishing a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from callcenter.foundation.errors import Conflict, Invalid
from ivr.flows import queries
from ivr.flows.definition import canonical, faults
from ivr.flows.queries import VersionView
from ivr.models import Flow, FlowTrial, FlowVersion


class UnableToPublish(Invalid):
    """`facts["faults"]` lists every fault with node, field and sentence."""

    code = "flow_invalid"


class NotADraft(Conflict):
    """Only a draft can be published."""

    code = "not_a_draft"


def publish(
    *, key: str, names: tuple[str, str], entries: Sequence[str], definition: Mapping[str, Any], now: datetime
) -> VersionView:
    """Make this definition what callers hear: a new, unchangeable version; the former is retired.

    `names` are English and Chinese. The published definition again changes nothing. Raises UnableToPublish.
    """
    judge(definition)
    with transaction.atomic():
        flow, _ = Flow.objects.update_or_create(
            key=key, defaults={"name_en": names[0], "name_zh": names[1], "entries": list(entries)}
        )
        Flow.objects.select_for_update().get(pk=flow.pk)  # two publishers: one after the other
        refuse_during_trial(flow_id=flow.pk)
        versions = FlowVersion.objects.filter(flow=flow)
        current = versions.filter(state="published").first()
        if current is None or canonical(current.definition) != canonical(definition):
            newest = versions.order_by("-number").values_list("number", flat=True).first() or 0
            versions.filter(state="published").update(state="retired")
            versions.create(
                flow=flow, number=newest + 1, state="published", definition=dict(definition), effective_from=now
            )
    return queries.published(key=key)


def draft(*, flow_id: int, definition: Mapping[str, Any]) -> int:
    """Keep this definition as the flow's next version that nobody hears yet; its row. Raises UnableToPublish."""
    judge(definition)
    with transaction.atomic():
        flow = Flow.objects.select_for_update().get(pk=flow_id)
        newest = flow.versions.order_by("-number").values_list("number", flat=True).first() or 0
        return flow.versions.create(number=newest + 1, state="draft", definition=dict(definition)).pk


def publish_draft(*, version_id: int, now: datetime) -> VersionView:
    """Let callers hear a draft; the former version is retired. Raises NotADraft."""
    with transaction.atomic():
        row = FlowVersion.objects.select_related("flow").get(pk=version_id)
        Flow.objects.select_for_update().get(pk=row.flow_id)
        row.refresh_from_db()
        refuse_during_trial(flow_id=row.flow_id)
        if row.state != "draft":
            raise NotADraft("This version was published before.")
        judge(row.definition)
        FlowVersion.objects.filter(flow=row.flow, state="published").update(state="retired")
        FlowVersion.objects.filter(pk=row.pk).update(state="published", effective_from=now)
    return queries.published(key=row.flow.key)


class TrialRunning(Conflict):
    """The menus stand still while two versions are compared."""

    code = "trial_running"


def refuse_during_trial(*, flow_id: int) -> None:
    """Raises TrialRunning. Whoever asks holds the flow's lock."""
    running = FlowTrial.objects.select_related("version").filter(flow_id=flow_id, ended_at__isnull=True).first()
    if running is not None:
        raise TrialRunning(f"Version {running.version.number} is on trial; end the trial before you publish another.")


def take_names(*, version_id: int) -> None:
    """The flow goes by the names and entry numbers that its version says."""
    row = FlowVersion.objects.get(pk=version_id)
    name = row.definition.get("name", {})
    told = {"name_en": str(name.get("en", ""))[:80], "name_zh": str(name.get("zh", ""))[:80]}
    changes: dict[str, Any] = {field: text for field, text in told.items() if text}
    if "entries" in row.definition:
        changes["entries"] = [str(entry) for entry in row.definition["entries"]]
    Flow.objects.filter(pk=row.flow_id).update(**changes)


def judge(definition: Mapping[str, Any]) -> None:
    """Raises UnableToPublish with every fault."""
    wrong = faults(definition)
    if not wrong:
        return
    first = wrong[0]
    where = f"node {first.node!r}, field {first.field!r}" if first.node else f"field {first.field!r}"
    more = f" ({len(wrong) - 1} more.)" if wrong[1:] else ""
    raise UnableToPublish(
        f"The flow was not published: {where}: {first.sentence}{more}",
        faults=[one.as_json for one in wrong],
    )


def publish_shipped(*, now: datetime, name: str = "operator") -> VersionView:
    """Publish the operator's own menus, which come with the product."""
    content = queries.shipped(name)
    names = (content["name"]["en"], content["name"]["zh"])
    return publish(key=content["flow"], names=names, entries=content["entries"], definition=content, now=now)
