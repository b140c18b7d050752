"""One customer's day: how often they used a kind of content, or in which district they stayed. Kept 90 days."""

from __future__ import annotations

from django.db import models


class Activity(models.Model):
    """`what` is a content code (film, music:lin_xia) or a place: a district of GB/T 2260, or a country in two letters."""

    class Kind(models.TextChoices):
        CONTENT = "content"
        STAY = "stay"

    class Part(models.TextChoices):
        DAY = ""
        NIGHT = "night"  # 22 to 6 o'clock, counted to the day on which it began
        WORK = "work"  # 9 to 18 o'clock on working days

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    what = models.CharField(max_length=48)
    part = models.CharField(max_length=8, choices=Part, default=Part.DAY, blank=True)
    times = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "day", "kind", "what", "part"], name="activity_once"),
            models.CheckConstraint(condition=models.Q(times__gt=0), name="activity_happened"),
            models.CheckConstraint(
                condition=models.Q(kind="content", part="") | models.Q(kind="stay", part__in=["night", "work"]),
                name="activity_part_fits_kind",
            ),
        ]
