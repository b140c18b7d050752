"""What a switch reports that is about no call: a phone's state, and that it runs anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import routing.operations
from callcenter.foundation.errors import Invalid
from callcenter.foundation.principal import Principal
from callcenter.telephony import naming, reconciling
from callcenter.telephony.wire import Report


def _device(report: Report, principal: Principal, now: datetime) -> bool:
    if not report.agent or not report.device:
        raise Invalid("A device event names `agent` and `device`.", code="unreadable")
    before = naming.agent(report.agent, principal=principal)
    after = routing.operations.device_report(
        # A clock that runs ahead must not make every later report an old one.
        agent_id=before.id,
        device=report.device,
        at=min(report.at, now),
        now=now,
        actor=principal.name,
    )
    return after.version != before.version


def _started(report: Report, principal: Principal, now: datetime) -> bool:
    """The switch runs anew: whom it held and nobody had answered is gone."""
    if not report.boot:
        raise Invalid("A switch that has started names its `boot`.", code="unreadable")
    trunk = naming.find_trunk(key=report.trunk, principal=principal)
    differs = reconciling.started(
        trunk=trunk, boot=report.boot, listed=report.calls, actor=principal.name, now=now, at=report.at
    )
    return differs.is_news


# By type of report: does it, and says whether anything is another than before.
OF_NO_CALL: dict[str, Callable[[Report, Principal, datetime], bool]] = {"device": _device, "started": _started}
