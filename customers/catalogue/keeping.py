"""The shelf's past and the rivals' plans."""

from __future__ import annotations

from django.db import models


class OfferingVersion(models.Model):
    """A product as it stood from one save to the next. A trigger keeps the rows as they are."""

    code = models.SlugField(max_length=48)
    number = models.IntegerField()
    sheet = models.JSONField()  # the row as saved, in the form of product_sheets.read_product
    note = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="offering_version_once")]


class RivalOffering(models.Model):
    """A rival's plan as somebody read it on a day; past `expires_on` nothing is said of it."""

    operator = models.CharField(max_length=64)
    code = models.SlugField(max_length=48)
    name_en = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    tariff = models.JSONField()
    source = models.CharField(max_length=300)
    seen_on = models.DateField()
    expires_on = models.DateField()
    author = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "code"], name="rival_once"),
            models.CheckConstraint(condition=~models.Q(source=""), name="rival_has_a_source"),
            models.CheckConstraint(condition=models.Q(expires_on__gt=models.F("seen_on")), name="rival_expires_later"),
        ]
