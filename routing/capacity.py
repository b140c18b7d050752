"""How much one person can do at once, by groups of channels. Pure.

Work of a group takes one of its slots; a reservation's slot number tells its group (0–9 live, 10–19 messaging, 20–29
deferred), so that one unique index keeps every limit. Nothing begins beside a live call; what may begin beside open
messages or mails is data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SPAN = 10  # slot numbers of a group


class Group(StrEnum):
    LIVE = "live"  # voice, video: takes the whole person
    MESSAGING = "messaging"  # chat, WeChat, QQ, Weibo: several at once
    DEFERRED = "deferred"  # forms, mail, tasks


FIRST_SLOT = {Group.LIVE: 0, Group.MESSAGING: SPAN, Group.DEFERRED: 2 * SPAN}
# Until an administrator says otherwise.
CHANNELS: Mapping[str, Group] = {
    "voice": Group.LIVE, "video": Group.LIVE,
    "chat": Group.MESSAGING, "web": Group.MESSAGING, "wechat": Group.MESSAGING, "qq": Group.MESSAGING,
    "weibo": Group.MESSAGING,
    "form": Group.DEFERRED, "mail": Group.DEFERRED,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one group: how many at once, and beside how many of the other groups one more may begin."""

    slots: int  # 0–10; 0: nobody takes such work
    beside_messaging: int = 0
    beside_deferred: int = 0


DEFAULTS: Mapping[Group, Limits] = {
    Group.LIVE: Limits(slots=1, beside_messaging=0, beside_deferred=2),
    Group.MESSAGING: Limits(slots=3, beside_deferred=2),
    Group.DEFERRED: Limits(slots=2, beside_messaging=3),
}


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What everybody of a domain can do at once."""

    channels: Mapping[str, Group] = field(default_factory=lambda: CHANNELS)
    limits: Mapping[Group, Limits] = field(default_factory=lambda: DEFAULTS)
    own: Mapping[tuple[int, Group], int] = field(default_factory=dict)  # slots of agents who differ

    def group(self, channel: str) -> Group:
        """Of a channel nobody has described: messaging."""
        return self.channels.get(channel, Group.MESSAGING)

    def slots(self, agent: int, group: Group) -> int:
        return self.own.get((agent, group), self.limits[group].slots)

    def most_open(self, agent: int, group: Group) -> tuple[int, int, int]:
        """How much live, messaging and deferred work may be open when one more of this group begins; −1: none may."""
        return self._most_open(self.slots(agent, group), group)

    def _most_open(self, slots: int, group: Group) -> tuple[int, int, int]:
        limits, own = self.limits[group], slots - 1
        match group:
            case Group.LIVE:
                return min(own, 0), limits.beside_messaging, limits.beside_deferred
            case Group.MESSAGING:
                return 0, own, limits.beside_deferred
            case Group.DEFERRED:
                return 0, limits.beside_messaging, own

    def fits(self, agent: int, group: Group, *, live: int, messaging: int, deferred: int) -> bool:
        """Whether one more of this group may begin beside what is open."""
        return fits_beside(self.most_open(agent, group), live=live, messaging=messaging, deferred=deferred)

    def most_open_of_all(self, group: Group) -> tuple[int, int, int]:
        """The same for everybody who has no slots of their own in this group."""
        return self._most_open(self.limits[group].slots, group)


def fits_beside(most: tuple[int, int, int], *, live: int, messaging: int, deferred: int) -> bool:
    """Whether what is open is no more than may be (`Capacity.most_open`)."""
    return live <= most[0] and messaging <= most[1] and deferred <= most[2]


def group_of_slot(slot: int) -> Group:
    return (Group.LIVE, Group.MESSAGING, Group.DEFERRED)[min(slot // SPAN, 2)]
