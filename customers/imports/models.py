"""Import jobs, the records they brought, and the rows they refused."""

from __future__ import annotations

from django.db import models


class ImportJob(models.Model):
    """One file of one source. Its counts add up: read = stored + updated + same + superseded + refused + unplaced + withheld."""

    class State(models.TextChoices):
        UPLOADED = "uploaded"  # waits for somebody to say what its columns mean
        HELD = "held"  # a gate found it unlike the deliveries before; waits for somebody to let it in
        READY = "ready"
        RUNNING = "running"
        PAUSED = "paused"
        DONE = "done"
        FAILED = "failed"  # the file as a whole could not be read; `sentence` says why
        CANCELLED = "cancelled"  # stopped by somebody, and what it had stored is taken back
        UNDONE = "undone"  # taken back after it was done

    source = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, default="people")  # what its rows are: people, or a kind of `imports.kinds`
    name = models.CharField(max_length=200)  # of the file as it was called
    path = models.CharField(max_length=500, blank=True)  # where it is kept until it is done
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)  # {column of the file: field of ours}
    steps = models.JSONField(default=list)  # [{"do", "column", "with", "into"}]: what is done to cells before
    dry_run = models.BooleanField(default=False)
    encoding = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.READY)
    sentence = models.CharField(max_length=300, blank=True)  # in English, with places
    facts = models.JSONField(default=dict)  # what stands in them
    rows_about = models.BigIntegerField(
        default=0
    )  # rows of the file, counted by lines: progress is told by it; 0: unknown
    checkpoint = models.BigIntegerField(default=0)  # rows that are dealt with for good
    stored = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    superseded = models.BigIntegerField(default=0)  # an older word on a key than one we hold, or than a later row
    refused = models.BigIntegerField(default=0)
    unplaced = models.BigIntegerField(default=0)  # facts of nobody we know, or of nobody in particular; kept as a file
    withheld = models.BigIntegerField(default=0)  # facts of people who do not allow that they are kept; not kept
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    feed = models.ForeignKey(
        "customers.Feed", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # that brought it
    # of which waiting file this is a try
    tries = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    profile = models.JSONField(
        default=dict
    )  # {field: {bin: rows}} of a sample, for the next delivery to be held against
    gates = models.JSONField(default=list)  # [{"code", "now", "before", "field"}]: what was unlike before
    let_in_by = models.CharField(max_length=64, blank=True)  # who let it in in spite of its gates
    taken_back = models.JSONField(default=dict)  # {"records", "restored", "customers", "identifiers", "kept"}
    taken_back_by = models.CharField(max_length=64, blank=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    checkpoint=models.F("stored")
                    + models.F("updated")
                    + models.F("same")
                    + models.F("superseded")
                    + models.F("refused")
                    + models.F("unplaced")
                    + models.F("withheld")
                ),
                name="import_counts_add_up",
            )
        ]

    @property
    def waits(self) -> bool:
        """For somebody to say what its columns mean."""
        return self.state == self.State.UPLOADED

    @property
    def is_being_taken_back(self) -> bool:
        """Somebody asked for it and a worker is at it, or will be within a minute."""
        asked = self.state == self.State.CANCELLED or bool(self.taken_back_by)
        return asked and self.taken_back_at is None and not self.dry_run and self.stored + self.updated > 0

    @property
    def done_share(self) -> float | None:
        """0 to 1, as far as can be told before the end; None where the file does not tell how long it is."""
        if self.state == self.State.DONE:
            return 1.0
        return min(self.checkpoint / self.rows_about, 0.999) if self.rows_about else None


class SourceRecord(models.Model):
    """What one source last said under one key, and whom it speaks of: the provenance of every imported value."""

    source = models.CharField(max_length=32)
    key = models.CharField(max_length=80)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="records")
    # said for the record only: no check and no index, which a million rows would pay for
    job = models.ForeignKey(
        ImportJob, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False, db_index=False
    )
    row_no = models.BigIntegerField()
    content_hash = models.BinaryField(max_length=16)
    fields = models.JSONField(default=dict)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="source_record_once")]


class RowError(models.Model):
    """A row that was refused, as it stood, so that it can be corrected and sent again."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="errors")
    row_no = models.BigIntegerField()  # 1 is the first row after the header
    column = models.CharField(max_length=80, blank=True)
    sentence = models.CharField(max_length=300)  # with places, in English; translated when it is shown
    facts = models.JSONField(default=dict)  # what stands in its places; {} of earlier releases, whose sentence is whole
    row = models.JSONField(default=dict)  # [[column, value], …] in the order of the file
    is_unplaced = models.BooleanField(default=False)  # nothing is wrong with it, but nobody is found by it yet

    class Meta:
        indexes = [models.Index(fields=["job", "row_no"], name="row_error_of_job")]


class FactNote(models.Model):
    """That an import wrote a fact, and what stood there before: kept as long as it can be taken back.

    `mark` is a digest of what was written: where it stands no more, somebody wrote since.
    """

    job = models.BigIntegerField()
    row = models.BigIntegerField()  # of the table of the job's kind
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+", db_index=True)
    before = models.JSONField(null=True)  # its values; None: there was no such fact
    mark = models.UUIDField()

    class Meta:
        indexes = [
            models.Index(fields=["job"], name="fact_note_of_job"),
            models.Index(fields=["row"], name="fact_note_of_row"),
        ]


class ErasedKey(models.Model):
    """The keyed hash of something that led to an erased person: a nightly file must not bring them back."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    at = models.DateTimeField()
