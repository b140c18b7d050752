"""Which words for this call: by offer, reason, customer and moment, in the language of the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from customers.insight.models import TagAssignment
from customers.offers.models import Script, ScriptVersion
from customers.offers.scripts import filling, objections, templates
from customers.offers.scripts import lines as shapes
from customers.offers.scripts.filling import Scene
from customers.offers.scripts.models import SaidLine
from customers.results import CallContext, ObjectionView, ScriptLine, ScriptView


def script(
    *,
    context: CallContext,
    language: str,
    offering_code: str = "",
    may_sell: bool = True,
    path: Sequence[str] = (),
    now: datetime,
) -> ScriptView | None:
    """The published words for this call: of the offer, else of its reason, else the general ones; None if none.

    Among equals those made for this moment, then for this customer's tags. In the asked language, else in English,
    else in whatever there is: `ScriptView.language` says which. `path`: the steps followed so far.
    """
    version = _chosen(context=context, language=language, offering_code=offering_code, may_sell=may_sell)
    if version is None:
        return None
    scene = Scene(
        context=context, offering=version.script.offering, language=version.language, may_sell=may_sell, now=now
    )  # fmt: skip
    return view(version, scene=scene, path=path, outcomes=_outcomes(version, context.call_id))


def must_say(*, context: CallContext, language: str, offering_code: str, now: datetime) -> tuple[int, ...]:
    """Places of the lines in the offer's own words that must be said, and have neither been said nor excused."""
    version = _chosen(context=context, language=language, offering_code=offering_code, may_sell=True)
    if version is None or version.script.offering is None:
        return ()
    scene = Scene(
        context=context, offering=version.script.offering, language=version.language, may_sell=True, now=now
    )  # fmt: skip
    values = filling.values(scene, named=_named(version.lines))
    done = _outcomes(version, context.call_id)
    bound = shapes.binding(version.lines, values=values, language=version.language)
    return tuple(number for number in bound if number not in done)


def view(
    version: ScriptVersion, *, scene: Scene, path: Sequence[str] = (), outcomes: Mapping[int, str] | None = None
) -> ScriptView:
    """One version as it is said in a scene; any version, so that drafts can be tried."""
    values = filling.values(scene, named=_named(version.lines) | templates.slots_of(version.cue))
    told = shapes.said(version.lines, values=values, language=version.language, path=path)
    return ScriptView(
        key=version.script.key,
        number=version.number,
        language=version.language,
        cue=templates.render(version.cue, values=values, language=version.language) or "",
        lines=tuple(
            ScriptLine(
                stage=one.stage, text=one.text, mandatory=one.mandatory, number=one.number, step=one.step,
                answers=one.answers, chosen=one.chosen, outcome=(outcomes or {}).get(one.number, ""),
            )
            for one in told
        ),
        version_id=version.pk,
        path=tuple(one.chosen for one in told if one.chosen),
        has_objections=bool(version.objections),
    )  # fmt: skip


def objection_answers(
    *, context: CallContext, language: str, asked: str, offering_code: str = "", now: datetime
) -> tuple[ObjectionView, ...]:
    """Approved answers to what the customer objects, the offer's own first; nothing where nothing is near."""
    versions = sorted(
        _published(context, offering_code), key=lambda one: _rank(one, context, language, True, frozenset())
    )
    spoken = [one for one in versions if _foreignness(one.language, language) == 0] or versions
    known = [
        objections.Answered(kind=one["kind"], says=one["says"], answers=tuple(one["answers"]))
        for version in spoken
        for one in version.objections
    ]
    if not known:
        return ()
    named = frozenset[str]().union(*(templates.slots_of(text) for one in known for text in one.answers))
    offering = next((one.script.offering for one in spoken if one.script.offering), None)
    scene = Scene(context=context, offering=offering, language=language, may_sell=True, now=now)
    values = filling.values(scene, named=named)
    return tuple(_answered(one, values, language) for one in objections.search(asked, known))


def _answered(one: objections.Answered, values: filling.Values, language: str) -> ObjectionView:
    told = (templates.render(text, values=values, language=language) for text in one.answers)
    return ObjectionView(kind=one.kind, says=one.says, answers=tuple(text for text in told if text))


# --- choosing -------------------------------------------------------------------------------------------------------
def _published(context: CallContext, offering_code: str) -> list[ScriptVersion]:
    wanted = Q(script__offering=None, script__intent__in=["", context.intent])
    if offering_code:
        wanted |= Q(script__offering__code=offering_code)
    return list(
        ScriptVersion.objects.filter(wanted, state=ScriptVersion.State.PUBLISHED).select_related("script__offering")
    )


def _chosen(*, context: CallContext, language: str, offering_code: str, may_sell: bool) -> ScriptVersion | None:
    moment = Script.Moment.OPEN if may_sell else Script.Moment.NO_SALE
    fitting = [one for one in _published(context, offering_code) if one.script.moment in ("", moment)]
    tags = _tags(context.customer_id) if any(one.script.tags for one in fitting) else frozenset()
    fitting = [one for one in fitting if not one.script.tags or tags & set(one.script.tags)]
    return min(fitting, key=lambda one: _rank(one, context, language, may_sell, tags), default=None)


def _rank(
    one: ScriptVersion, context: CallContext, language: str, may_sell: bool, tags: Iterable[str]
) -> tuple[int, bool, int, int, str]:
    """The offer's words before those of the reason, those before the general ones; then moment, tags, language."""
    far = 0 if one.script.offering is not None else 1 if one.script.intent else 2
    fitting = len(set(one.script.tags) & set(tags))
    return (far, not one.script.moment, -fitting, _foreignness(one.language, language), one.script.key)


def _foreignness(language: str, wanted: str) -> int:
    spoken, asked = (tag.lower().split("-")[0] for tag in (language, wanted))
    return 0 if spoken == asked else 1 if spoken == "en" else 2


def _tags(customer_id: UUID | None) -> frozenset[str]:
    live = TagAssignment.objects.filter(customer=customer_id).exclude(expires_at__lte=Now())
    return frozenset(live.values_list("tag__key", flat=True))


def _outcomes(version: ScriptVersion, call_id: UUID) -> dict[int, str]:
    if not any(line["mandatory"] for line in version.lines):
        return {}
    return dict(SaidLine.objects.filter(call=call_id, version=version).values_list("line", "outcome"))


def _named(lines: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    texts = (line[key] for line in lines for key in ("text", "instead") if line.get(key))
    conditions = (f"{{% if {line['when']} %}}x{{% endif %}}" for line in lines if line.get("when"))
    return frozenset[str]().union(*(templates.slots_of(text) for text in (*texts, *conditions)))
