"""What comes by itself, as somebody set it on its page: a watched folder or a query of another database."""

from __future__ import annotations

from django.db import models


class Feed(models.Model):
    """One delivery that is looked for every so many minutes. `dsn` is sealed and never shown again."""

    class Way(models.TextChoices):
        FOLDER = "folder"
        PULL = "pull"

    class Outcome(models.TextChoices):
        NEVER = ""  # it has not been looked for yet
        TAKEN = "taken"
        NOTHING = "nothing"  # nothing new had come
        HELD = "held"  # it came, and waits for somebody to let it in
        FAILED = "failed"

    name = models.CharField(max_length=80)
    way = models.CharField(max_length=8, choices=Way)
    source = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, blank=True)  # of its rows; "": as their columns say
    folder = models.CharField(max_length=200, blank=True)  # below IMPORT_FOLDER
    dsn = models.TextField(blank=True)
    place = models.CharField(max_length=200, blank=True)  # host and database of it, without secrets
    query = models.TextField(blank=True)
    mapping = models.JSONField(default=dict)  # {column: field}; {}: as remembered, or as the names of columns say
    every_minutes = models.IntegerField(default=60)
    is_on = models.BooleanField(default=True)
    last_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.NEVER, blank=True)
    sentence = models.CharField(max_length=300, blank=True)  # why it failed; in English, with places
    facts = models.JSONField(default=dict)  # what stands in them
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="feed_name_once"),
            models.UniqueConstraint(fields=["folder"], condition=models.Q(way="folder"), name="feed_folder_once"),
            models.CheckConstraint(condition=models.Q(every_minutes__gte=1), name="feed_has_a_pace"),
        ]
