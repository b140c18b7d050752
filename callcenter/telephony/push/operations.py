"""What people do with a trunk's push address, and what the pusher writes down."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, NotFound
from callcenter.telephony import feed
from callcenter.telephony.models import Trunk
from callcenter.telephony.push.models import TrunkPush
from callcenter.telephony.webhooks import addresses, signing
from callcenter.telephony.webhooks.sending import Reply

FAILING_AFTER = 5  # failures in a row: from then on each instruction is tried once


@command
def set_url(*, trunk: str, url: str, actor: str, now: datetime) -> str:
    """This trunk is told from now on, at this address; answers the secret under which we sign.

    Raises NotFound for a trunk that does not exist, NotAllowed for an address that may not be reached.
    """
    addresses.read(url, allowed=settings.WEBHOOK_ALLOW)
    row = _row(trunk)
    if row is None:
        row = TrunkPush(trunk=_trunk(trunk), created_at=now)
    row.url, row.active, row.cursor, row.failures = url, True, feed.newest(), 0
    row.save()
    audit.write(actor=actor, action="push.set", now=now, subject=f"trunk:{trunk}", data={"url": url})
    return secrets(row, now=now)[0]


@command
def switch_off(*, trunk: str, actor: str, now: datetime) -> None:
    """The trunk is told nothing any more; it may ask `GET /instructions` as before. Raises NotFound."""
    row = _found(trunk)
    row.active = False
    row.save(update_fields=["active"])
    audit.write(actor=actor, action="push.off", now=now, subject=f"trunk:{trunk}")


@command
def rotate(*, trunk: str, overlap: timedelta, actor: str, now: datetime) -> str:
    """A new secret; the one before signs beside it for `overlap`. Raises NotFound, Conflict while an overlap runs."""
    row = _found(trunk)
    if row.previous_until is not None and now < row.previous_until:
        raise Conflict("The secret before is still in use: rotate again when its overlap is over.", code="rotating")
    row.generation += 1
    row.previous_until = now + overlap if overlap else None
    row.save(update_fields=["generation", "previous_until"])
    audit.write(actor=actor, action="push.rotated", now=now, subject=f"trunk:{trunk}")
    return secrets(row, now=now)[0]


def secrets(row: TrunkPush, *, now: datetime) -> list[str]:
    """What instructions are signed with, the newest first. Derived: no table or backup holds them."""
    generations = [row.generation]
    if row.previous_until is not None and now < row.previous_until:
        generations.append(row.generation - 1)
    master = settings.WEBHOOK_MASTER_SECRET
    name = f"push:{row.trunk.key}"
    return [signing.secret(master=master, endpoint=name, generation=one) for one in generations]


def note(*, push_id: int, reply: Reply, now: datetime) -> None:
    """Write down how the last telling went."""
    result = {"last_status": reply.status, "last_result": reply.result[:200]}
    rows = TrunkPush.objects.filter(pk=push_id)
    if reply.taken or reply.status == 410:
        rows.update(failures=0, last_success_at=now, **result)
    else:
        row = rows.values_list("failures", flat=True).first() or 0
        rows.update(failures=row + 1, **result)


def walk_on(*, push_id: int, since: int, cursor: int) -> bool:
    """All up to here is settled; False where the trunk was set anew meanwhile, and another cursor holds."""
    return bool(TrunkPush.objects.filter(pk=push_id, cursor=since, active=True).update(cursor=cursor))


def _row(trunk: str) -> TrunkPush | None:
    return TrunkPush.objects.select_for_update(of=("self",)).select_related("trunk").filter(trunk__key=trunk).first()


def _found(trunk: str) -> TrunkPush:
    row = _row(trunk)
    if row is None:
        _trunk(trunk)
        raise NotFound(f"Trunk {trunk!r} has no push address: set one first.")
    return row


def _trunk(key: str) -> Trunk:
    found = Trunk.objects.filter(key=key).first()
    if found is None:
        raise NotFound(f"There is no trunk {key[:60]!r}.")
    return found
