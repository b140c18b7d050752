"""Clusters as they stand, and the runs that found them."""

from __future__ import annotations

from django.db import models


class ClusterRun(models.Model):
    """One search: how many customers, how good, and how many changed their cluster since the last one."""

    at = models.DateTimeField()
    customers = models.IntegerField()
    silhouette = models.FloatField()
    stability = models.FloatField()
    fidelity = models.FloatField()
    moved = models.IntegerField(null=True)  # since the last run; null for the first
    seconds = models.FloatField()


class Cluster(models.Model):
    """One cluster of the newest run; numbers carry over between runs."""

    number = models.IntegerField(unique=True)
    size = models.IntegerField()
    traits = models.JSONField()  # [{"field", "mean", "everybody", "deviations"}], the strongest first
    centre = models.JSONField()
    rule = models.JSONField()  # a condition of the segments' grammar
    at = models.DateTimeField()
