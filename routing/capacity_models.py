"""Tables of capacity: channels and their groups, how many at once, and agents who differ."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from routing.capacity import Group


def _groups() -> list[tuple[str, str]]:
    return [(group.value, group.value) for group in Group]


class Channel(models.Model):
    """A way by which callers come, and the group whose slots it takes."""

    key = models.SlugField(max_length=16, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    group = models.CharField(max_length=12, choices=_groups())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(group__in=sorted(group.value for group in Group)), name="channel_group_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class GroupCapacity(models.Model):
    """How many of a group one agent of the domain serves at once. Without a row the built-in numbers hold."""

    domain = models.ForeignKey("routing.Domain", on_delete=models.CASCADE, related_name="capacities")
    group = models.CharField(max_length=12, choices=_groups())
    slots = models.SmallIntegerField()
    beside_messaging = models.SmallIntegerField(default=0)  # one more may begin beside so many open messages
    beside_deferred = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "group"], name="capacity_once_a_group"),
            models.CheckConstraint(condition=Q(slots__range=(0, 10)), name="capacity_slots_0_10"),
            models.CheckConstraint(condition=~Q(group="live") | Q(slots__lte=1), name="capacity_one_live"),
            models.CheckConstraint(
                condition=Q(beside_messaging__range=(0, 10), beside_deferred__range=(0, 10)),
                name="capacity_beside_0_10",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.slots}"


class AgentCapacity(models.Model):
    """An agent who serves more or fewer of a group at once than the others."""

    agent = models.ForeignKey("routing.Agent", on_delete=models.CASCADE, related_name="capacities")
    group = models.CharField(max_length=12, choices=_groups())
    slots = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "group"], name="agent_capacity_once_a_group"),
            models.CheckConstraint(condition=Q(slots__range=(0, 10)), name="agent_capacity_slots_0_10"),
            models.CheckConstraint(condition=~Q(group="live") | Q(slots__lte=1), name="agent_capacity_one_live"),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.slots}"
