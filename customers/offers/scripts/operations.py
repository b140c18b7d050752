"""Writing and publishing scripts: drafted by one person, published by another, and from then on unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.catalogue.models import Offering
from customers.offers.models import Script, ScriptVersion
from customers.offers.scripts import slots
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
    intent: str = "",
    offering_code: str = "",
) -> int:
    """Write a new version of a script in one language and answer its number; nobody sees it until it is published.

    The script is made if it is new; `intent` and `offering_code` say when it is chosen, both "" for the general one.
    Raises UnableToSave with the faults, NotFound for an unknown offering.
    """
    faults = _spoken([*slots.faults(list(lines)), *slots.cue_faults(cue)])
    if faults:
        raise UnableToSave(_("The script cannot be saved: {faults}").format(faults=" ".join(faults)), faults=faults)
    script = _script(key=key, intent=intent, offering_code=offering_code)
    newest = ScriptVersion.objects.filter(script=script, language=language).order_by("-number").first()
    version = ScriptVersion.objects.create(
        script=script,
        number=newest.number + 1 if newest else 1,
        language=language,
        lines=list(lines),
        cue=cue,
        author=author,
    )
    return version.number


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
    faults = _spoken(slots.faults(version.lines))
    if faults:
        raise UnableToPublish(_("The script cannot be published: {faults}").format(faults=" ".join(faults)))
    versions.filter(state=ScriptVersion.State.PUBLISHED).update(state=ScriptVersion.State.RETIRED)
    if version.state == ScriptVersion.State.DRAFT:
        version.approver, version.published_at = approver, now
    version.state = ScriptVersion.State.PUBLISHED
    version.save(update_fields=["state", "approver", "published_at"])


def _spoken(faults: Sequence[Text]) -> list[str]:
    language = get_language() or "en"
    return [fault.to(language) for fault in faults]


def _script(*, key: str, intent: str, offering_code: str) -> Script:
    """The script of this key, locked, so that two drafts at once get two numbers."""
    offering = None
    if offering_code:
        offering = Offering.objects.filter(code=offering_code).first()
        if offering is None:
            raise NotFound(_("There is no such product."))
    Script.objects.bulk_create([Script(key=key, intent=intent, offering=offering)], ignore_conflicts=True)
    return Script.objects.select_for_update().get(key=key)
