"""Circles as they stand: an id that stays over re-runs, who of our customers belongs, why, and what a run did."""

from __future__ import annotations

from django.db import models


class Circle(models.Model):
    """People who talk with one another. Others than our customers are a number here, never a row."""

    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # by the last run that found it
    numbers = models.IntegerField()  # all in it, strangers too
    customers = models.IntegerField()
    closeness = models.FloatField()  # share of the members' ties, by weight, that stay inside
    value_fen = models.BigIntegerField()  # expected margin of its customers together
    gone_at = models.DateTimeField(null=True)  # a run did not find it any more

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(customers__gte=1) & models.Q(numbers__gte=models.F("customers")),
                name="circle_holds_customers",
            )
        ]


class CircleMember(models.Model):
    """One of our customers in a circle, with what makes the role."""

    class Role(models.TextChoices):
        SEED = "seed"  # word spreads farthest from here, and we may ask
        KEY = "key"  # not to lose
        MEMBER = "member"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=8, choices=Role)
    standing = models.FloatField()  # 0 … 1, mean of the four ranks below
    value_rank = models.FloatField()
    influence_rank = models.FloatField()  # PageRank
    core_rank = models.FloatField()  # k-core
    spread_rank = models.FloatField()  # how far the ties reach into other circles
    reach = models.FloatField()  # expected people reached in two steps
    begins = models.SmallIntegerField(null=True)  # place among those with whom to begin, the best first
    neighbours = models.IntegerField()
    neighbours_leaving = models.FloatField()  # share of the ties, by weight, that lead to customers who left or decline
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer"], name="circle_one_per_customer")]


class CircleRun(models.Model):
    """One look at the calls: what it read, what it found, and how far word would spread from whom."""

    at = models.DateTimeField()
    talks = models.BigIntegerField()
    refused = models.BigIntegerField()  # rows without two numbers and an instant
    circles = models.IntegerField()
    placed = models.IntegerField()
    proposed = models.IntegerField()
    seconds = models.FloatField()
    # expected people reached in two steps from the same number of beginners: {"greedy", "pagerank", "random"}
    spread = models.JSONField(default=dict)
