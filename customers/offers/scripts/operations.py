"""Writing and publishing scripts: drafted, handed in, published by another person, and from then on unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.catalogue.models import Offering
from customers.offers.models import Script, ScriptVersion
from customers.offers.scripts import lines as shapes
from customers.offers.scripts import samples
from customers.offers.wording import Text


class UnableToSave(Invalid):
    """The text breaks a rule of scripts; `facts["faults"]` names each line and rule."""

    code = "script_faults"


class UnableToPublish(Conflict):
    code = "script_not_published"


@transaction.atomic
def draft(
    *,
    key: str,
    language: str,
    lines: Sequence[dict[str, Any]],
    author: str,
    cue: str = "",
    objections: Sequence[dict[str, Any]] = (),
    intent: str = "",
    offering_code: str = "",
    tags: Sequence[str] = (),
    moment: str = "",
) -> int:
    """Write a new version of a script in one language and answer its number; nobody sees it until it is published.

    The script is made if it is new; intent, product, tags and moment say when it is chosen, none for the general one.
    Raises UnableToSave with the faults, NotFound for an unknown offering.
    """
    _refuse([*shapes.faults(list(lines)), *shapes.cue_faults(cue), *shapes.objection_faults(list(objections))])
    _refuse(samples.faults(lines, language=language))
    if moment not in Script.Moment.values:
        raise Invalid(_("Choose a moment from the list."), field="/moment")
    script = _script(key=key, intent=intent, offering_code=offering_code, tags=tags, moment=moment)
    newest = ScriptVersion.objects.filter(script=script, language=language).order_by("-number").first()
    version = ScriptVersion.objects.create(
        script=script, number=newest.number + 1 if newest else 1, language=language, lines=list(lines),
        objections=list(objections), cue=cue, author=author,
    )  # fmt: skip
    return version.number


@transaction.atomic
def hand_in(*, version_id: int, author: str, now: datetime) -> None:
    """Put a draft before somebody else. Raises NotFound, UnableToSave where the other language says something else."""
    version = _locked(version_id)
    if version.state != ScriptVersion.State.DRAFT:
        raise UnableToPublish(_("Only a draft is handed in."), state=version.state)
    _refuse(_twin_faults(version))
    version.state, version.author, version.note = ScriptVersion.State.REVIEW, version.author or author, ""
    version.save(update_fields=["state", "author", "note"])
    _audit("handed_in", version, author, now)


@transaction.atomic
def give_back(*, version_id: int, approver: str, note: str, now: datetime) -> None:
    """Somebody else than the author wants it changed and says why. Raises NotFound, UnableToPublish, Invalid."""
    version = _locked(version_id)
    if version.state != ScriptVersion.State.REVIEW:
        raise UnableToPublish(_("This version waits for nobody."), state=version.state)
    if approver == version.author:
        raise UnableToPublish(_("Somebody other than the author publishes a script."))
    if not note.strip():
        raise Invalid(_("Say in a sentence what should change."), field="/note")
    version.state, version.note = ScriptVersion.State.DRAFT, note.strip()[:300]
    version.save(update_fields=["state", "note"])
    _audit("given_back", version, approver, now)


@transaction.atomic
def publish(*, key: str, language: str, number: int, approver: str, now: datetime) -> None:
    """Put a version before the agents; the one before it is retired. An earlier version can be put back the same way.

    Repeating it changes nothing. Raises NotFound, and UnableToPublish when the approver wrote the text.
    """
    versions = ScriptVersion.objects.select_for_update().filter(script__key=key, language=language)
    version = versions.filter(number=number).first()
    if version is None:
        raise NotFound(_("There is no such version of this script."))
    if not approver or approver == version.author:
        raise UnableToPublish(_("Somebody other than the author publishes a script."))
    if version.state == ScriptVersion.State.PUBLISHED:
        return
    faults = _spoken([*shapes.faults(version.lines), *samples.faults(version.lines, language=language)])
    if faults:
        raise UnableToPublish(_("The script cannot be published: {faults}").format(faults=" ".join(faults)))
    versions.filter(state=ScriptVersion.State.PUBLISHED).update(state=ScriptVersion.State.RETIRED)
    if version.state != ScriptVersion.State.RETIRED:
        version.approver, version.published_at = approver, now
    version.state = ScriptVersion.State.PUBLISHED
    version.save(update_fields=["state", "approver", "published_at"])
    _audit("published", version, approver, now)


def _twin_faults(version: ScriptVersion) -> list[Text]:
    """Against the newest version of each other language that is not retired."""
    others = ScriptVersion.objects.filter(script=version.script_id).exclude(language=version.language)
    newest: dict[str, ScriptVersion] = {}
    for one in others.exclude(state=ScriptVersion.State.RETIRED).order_by("number"):
        newest[one.language] = one
    return [
        fault
        for one in newest.values()
        for fault in shapes.twin_faults(version.lines, one.lines, language=one.language)
    ]  # fmt: skip


def _locked(version_id: int) -> ScriptVersion:
    version = (
        ScriptVersion.objects.select_for_update(of=("self",)).select_related("script").filter(pk=version_id).first()
    )
    if version is None:
        raise NotFound(_("There is no such version of this script."))
    return version


def _audit(act: str, version: ScriptVersion, actor: str, now: datetime) -> None:
    audit.write(
        actor=actor, action=f"script.{act}", subject=f"script_version:{version.pk}",
        data={"key": version.script.key, "language": version.language, "number": version.number}, now=now,
    )  # fmt: skip


def _refuse(faults: Sequence[Text]) -> None:
    spoken = _spoken(faults)
    if spoken:
        raise UnableToSave(_("The script cannot be saved: {faults}").format(faults=" ".join(spoken)), faults=spoken)


def _spoken(faults: Sequence[Text]) -> list[str]:
    language = get_language() or "en"
    return [fault.to(language) for fault in faults]


def _script(*, key: str, intent: str, offering_code: str, tags: Sequence[str], moment: str) -> Script:
    """The script of this key, locked, so that two drafts at once get two numbers. What it is for was said first."""
    offering = None
    if offering_code:
        offering = Offering.objects.filter(code=offering_code).first()
        if offering is None:
            raise NotFound(_("There is no such product."))
    made = Script(key=key, intent=intent, offering=offering, tags=list(tags), moment=moment)
    Script.objects.bulk_create([made], ignore_conflicts=True)
    return Script.objects.select_for_update().get(key=key)
