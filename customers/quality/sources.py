"""What is expected of each source, and who answers for it; what its last delivery was like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from customers.imports import profiling
from customers.imports.models import ImportJob, SourceRecord
from customers.imports.operations import check_source
from customers.quality.models import Source


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The field of the newest delivery that is furthest from the one before, by PSI."""

    field: str
    psi: float
    job: int

    @property
    def is_high(self) -> bool:
        return self.psi > WARN_DRIFT


WARN_DRIFT = 0.2


@command
def describe(
    *, code: str, owner: str, promised_days: int, cadence_days: int, trust: float, one_record_per_person: bool, actor: str,
    now: datetime,
) -> Source:  # fmt: skip
    """Say who answers for a source and what may be expected of it. Raises Invalid."""
    check_source(code)
    if not (1 <= promised_days <= 3_650 and 1 <= cadence_days <= 3_650 and 0 <= trust <= 1):
        raise Invalid(_("Days are 1 to 3,650 and trust is 0 to 1."), field="/trust")
    told = {
        "owner": owner.strip()[:120], "promised_days": promised_days, "cadence_days": cadence_days, "trust": trust,
        "one_record_per_person": one_record_per_person,
    }  # fmt: skip
    source, _made = Source.objects.update_or_create(code=code, defaults=told)
    audit.write(actor=actor, action="source.described", subject=f"source:{code}", data=told, now=now)
    return source


def described() -> list[Source]:
    """Every source that has delivered or was described, by name."""
    held = {source.code: source for source in Source.objects.all()}
    codes = set(SourceRecord.objects.order_by().values_list("source", flat=True).distinct())
    return [held.get(code) or Source(code=code) for code in sorted(codes | set(held))]


def drifts() -> dict[str, Drift]:
    """Source → how its newest delivery differs from the one before; none for those with a single one."""
    done = ImportJob.objects.filter(state=ImportJob.State.DONE, dry_run=False).exclude(profile={}).order_by("-pk")
    last: dict[str, list[tuple[int, profiling.Profile]]] = {}
    for pk, source, profile in done.values_list("pk", "source", "profile")[:200]:
        last.setdefault(source, []).append((pk, profile))
    found: dict[str, Drift] = {}
    for source, (now, *before) in last.items():
        told = profiling.drifts(now[1], before[0][1]) if before else {}
        if told:
            field = max(told, key=lambda name: told[name])
            found[source] = Drift(field=field, psi=told[field], job=now[0])
    return found
