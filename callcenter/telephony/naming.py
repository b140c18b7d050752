"""From the names integrators use to what they mean here. Another domain's object is as if it did not exist."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import routing.queries
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.ids import public, read_int, read_uuid
from callcenter.foundation.principal import Principal
from callcenter.telephony.dialects import ringing_back
from callcenter.telephony.models import Trunk
from callcenter.telephony.wire import LONGEST_EXTERNAL_ID
from routing.results import AgentView, CallView, ReservationView


@dataclass(frozen=True, kw_only=True)
class TrunkFacts:
    """One switch, as much as each request needs of it."""

    id: int
    key: str
    group: str  # the source of its call ids
    domain: str
    dialect: str


# A trunk is read once in this time by each process: its settings change rarely, arrivals come often.
_KNOWN_FOR_S = 5.0
_known: dict[str, tuple[float, TrunkFacts]] = {}
_fellows: dict[tuple[str, str], tuple[float, Sequence[tuple[str, str]]]] = {}


def forget() -> None:
    """Read every trunk afresh from here on. For tests and for who has just changed one."""
    _known.clear()
    _fellows.clear()


def find_trunk(*, key: str, principal: Principal) -> TrunkFacts:
    """The trunk a request speaks for: the one it names, else the key's own. Raises Invalid (unknown_trunk)."""
    name = key or principal.trunk
    if not name:
        raise Invalid("Name the `trunk`: this key is bound to none.", code="unknown_trunk", field="/trunk")
    found = _find_trunk(name)
    if found is None or found.domain != principal.domain or (principal.trunk and found.key != principal.trunk):
        raise Invalid(f"There is no trunk {name[:60]!r} for this key.", code="unknown_trunk", field="/trunk")
    return found


def _find_trunk(name: str) -> TrunkFacts | None:
    at, found = _known.get(name, (0.0, None))
    if found is not None and time.monotonic() - at < _KNOWN_FOR_S:
        return found
    row = Trunk.objects.filter(key=name).first()
    if row is None:
        return None
    found = TrunkFacts(id=row.pk, key=row.key, group=row.group, domain=row.domain, dialect=row.dialect)
    _known[name] = (time.monotonic(), found)
    return found


def leaves_promises(trunk: TrunkFacts | Trunk) -> bool:
    """Whether promises to ring back are another trunk's of its source: that of an Asterisk, of several the first by name,
    for it rings by itself, and two would ring twice; else, of a switch that begins no calls, any that does."""
    fellows = _trunks_of(trunk.group, trunk.domain)
    if asterisk := next((key for key, dialect in fellows if dialect == "ari"), ""):
        return trunk.key != asterisk
    if trunk.dialect in ringing_back.BEGIN_CALLS:
        return False
    return any(dialect in ringing_back.BEGIN_CALLS for _, dialect in fellows)


def _trunks_of(group: str, domain: str) -> Sequence[tuple[str, str]]:
    """Names and dialects of the trunks of a source, by name: each question of a switch asks for them."""
    at, found = _fellows.get((group, domain), (float("-inf"), ()))
    if time.monotonic() - at >= _KNOWN_FOR_S:
        rows = Trunk.objects.filter(group=group, domain=domain).order_by("key")
        found = list(rows.values_list("key", "dialect"))
        _fellows[(group, domain)] = (time.monotonic(), found)
    return found


def group_of(*, principal: Principal, trunk: str) -> str:
    """The source under which this key's switch names its calls. Raises Invalid (unknown_trunk)."""
    return find_trunk(key=trunk, principal=principal).group


def is_source(source: str, *, principal: Principal) -> bool:
    """Whether some trunk of the key's domain names its calls under this source."""
    if principal.trunk and (own := _find_trunk(principal.trunk)) is not None:
        return own.group == source and own.domain == principal.domain
    return Trunk.objects.filter(group=source, domain=principal.domain).exists()


def external(*, call: str, external_id: str, trunk: str, principal: Principal) -> tuple[str, str]:
    """Source and the switch's id of a call that may not be known yet: `ext:{source}:{id}`, or the bare id by its trunk.

    Raises Invalid (unknown_trunk, invalid_field).
    """
    if call.startswith("ext:"):
        source, _, name = call.removeprefix("ext:").partition(":")
        if not source.isprintable() or not is_source(source, principal=principal):
            raise Invalid(f"No trunk of this key's domain uses the source {source[:60]!r}.", code="unknown_trunk")
    else:
        source, name = group_of(principal=principal, trunk=trunk), external_id or call
    if not name.isprintable() or not 0 < len(name) <= LONGEST_EXTERNAL_ID:
        raise Invalid("Name the call by `call` or `external_id`, in at most 128 characters that can be printed.")
    return source, name


def reportable(word: str, *, principal: Principal) -> CallView | None:
    """A call that events may be told of: one we know, or one the switch names: None here. Raises NotFound."""
    if not word.startswith("ext:"):
        return call(word, principal=principal)
    try:
        external(call=word, external_id="", trunk="", principal=principal)
    except Invalid:
        raise nothing(word) from None
    return None


def printable(word: str) -> str:
    """A name in an address, as the database can take it. Raises NotFound."""
    if not word.isprintable() or len(word) > 128:
        raise nothing(word)
    return word


def call(word: str, *, principal: Principal) -> CallView:
    """The call behind `c_…` or `ext:{source}:{external_id}`. Raises NotFound."""
    if not word.isprintable():
        raise nothing(word)
    found: CallView | None
    if word.startswith("ext:"):
        source, _, external_id = word.removeprefix("ext:").partition(":")
        found = routing.queries.call_by_external(source=source, external_id=external_id) if external_id else None
    else:
        found = routing.queries.call(call_id=read_uuid("c", word))
    if found is None or found.domain != principal.domain:
        raise nothing(word)
    return found


def reservation(word: str, *, principal: Principal) -> ReservationView:
    """The reservation behind `r_…`. Raises NotFound."""
    found = routing.queries.reservation(reservation_id=read_uuid("r", word))
    if found.domain != principal.domain:
        raise nothing(word)
    return found


def agent(word: str, *, principal: Principal) -> AgentView:
    """The agent behind `a_…` or `key:{staff number}`. Raises NotFound."""
    if not word.isprintable():
        raise nothing(word)
    found: AgentView
    if word.startswith("key:"):
        found = routing.queries.agent_by_key(domain=principal.domain, key=word.removeprefix("key:"))
    else:
        found = routing.queries.agent(agent_id=read_int("a", word))
    if found.domain != principal.domain:
        raise nothing(word)
    return found


def nothing(word: str) -> NotFound:
    """The refusal of a name that means nothing to this key."""
    return NotFound(f"There is nothing here by the name {word[:60]!r}.")


def call_id(key: UUID) -> str:
    return public("c", key)


def reservation_id(key: UUID) -> str:
    return public("r", key)


def agent_id(key: int) -> str:
    return public("a", key)
