"""What an import replaced, so that it can be taken back; and mappings that somebody made, for the next such file."""

from __future__ import annotations

from django.db import models


class RecordVersion(models.Model):
    """What a source had said under a key before a later word replaced it. Kept with the customer, erased with them."""

    # no check of the database: a version of a record that is gone is gone with it, by the statement that takes it away
    record = models.ForeignKey("customers.SourceRecord", on_delete=models.CASCADE, related_name="versions")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    job = models.BigIntegerField(null=True)  # the import that had said it; null: it was pushed
    replaced_by = models.BigIntegerField(null=True)  # the import whose word stands now
    replaced_at = models.DateTimeField()
    row_no = models.BigIntegerField()
    content_hash = models.BinaryField(max_length=16)
    fields = models.JSONField(default=dict)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["replaced_by"], name="record_version_replaced_by"),
            models.Index(fields=["job"], name="record_version_of_job"),
        ]


class FieldFill(models.Model):
    """What an import wrote into a customer who was known before: the fields it changed, before and after."""

    job = models.BigIntegerField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["job"], name="field_fill_of_job")]


class SavedMapping(models.Model):
    """What the columns of a source's files mean, as somebody said it once: remembered by the names of the columns."""

    source = models.CharField(max_length=32)
    fingerprint = models.CharField(max_length=32)  # of the names of the columns, in any order
    kind = models.CharField(max_length=16, default="people")  # what its rows are, as in a job
    mapping = models.JSONField()  # {column of the file: field of ours}
    steps = models.JSONField(default=list)  # what is done to cells before, as in a job
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "fingerprint"], name="saved_mapping_once")]
