"""Scripts before those who write and approve them: what there is, one with its versions, and a try on any customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from callcenter.foundation.errors import NotFound
from customers.offers.models import Script, ScriptVersion
from customers.offers.scripts import choosing, saying
from customers.offers.scripts import lines as shapes
from customers.offers.scripts.filling import Scene
from customers.offers.scripts.samples import SAMPLES
from customers.offers.scripts.saying import Adherence
from customers.results import CallContext

LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a customer would hear of one version, and the steps they may choose."""

    version: ScriptVersion
    lines: Sequence[shapes.Said]
    cue: str


def scripts() -> list[Script]:
    """Every script with its versions, newest first, by key. Two statements."""
    newest = ScriptVersion.objects.order_by("language", "-number")
    return list(
        Script.objects.select_related("offering").prefetch_related(Prefetch("versions", newest)).order_by("key")
    )


def script(*, key: str) -> tuple[Script, list[ScriptVersion]]:
    """One script and its versions, newest first in each language. Raises NotFound."""
    found = Script.objects.select_related("offering").filter(key=key).first()
    if found is None:
        raise NotFound(_("There is no such script."))
    return found, list(found.versions.order_by("language", "-number"))


def version_of(*, version_id: int) -> ScriptVersion:
    """Raises NotFound."""
    found = ScriptVersion.objects.select_related("script__offering").filter(pk=version_id).first()
    if found is None:
        raise NotFound(_("There is no such version of this script."))
    return found


def waiting() -> int:
    """How many versions wait for somebody to publish them."""
    return ScriptVersion.objects.filter(state=ScriptVersion.State.REVIEW).count()


def adherence(*, now: datetime) -> dict[int, Adherence]:
    """By version over the last thirty days: of the lines that must be said, how many were."""
    return saying.adherence(since=now - LOOKED_BACK)


def on_sample(*, version_id: int, sample: int, path: Sequence[str] = (), may_sell: bool = True) -> Preview:
    """A version as one of the twenty samples would hear it. Raises NotFound."""
    version = version_of(version_id=version_id)
    values = SAMPLES[sample % len(SAMPLES)] | {"may_sell": may_sell}
    told = shapes.said(version.lines, values=values, language=version.language, path=path)
    return Preview(version=version, lines=told, cue=version.cue)


def on_customer(
    *,
    version_id: int,
    customer_id: UUID,
    agent_name: str,
    path: Sequence[str] = (),
    may_sell: bool = True,
    now: datetime,
) -> Preview:
    """A version as this customer would hear it now, with the engine's figures. Raises NotFound."""
    version = version_of(version_id=version_id)
    context = CallContext(
        call_id=uuid4(), customer_id=customer_id, intent=version.script.intent, language=version.language, queue="",
        agent_name=agent_name,
    )  # fmt: skip
    scene = Scene(
        context=context, offering=version.script.offering, language=version.language, may_sell=may_sell, now=now
    )  # fmt: skip
    told = choosing.view(version, scene=scene, path=path)
    lines = [
        shapes.Said(
            number=one.number, stage=one.stage, text=one.text, mandatory=one.mandatory, step=one.step,
            answers=one.answers, chosen=one.chosen,
        )
        for one in told.lines
    ]  # fmt: skip
    return Preview(version=version, lines=lines, cue=told.cue)
