"""One person is one person: customers, their identifiers, and who belongs to whom."""

from __future__ import annotations

from django.db import models

from callcenter.foundation.ids import uuid7


class Customer(models.Model):
    """One party of one kind. The id is a surrogate and never moves silently; kinds are never merged."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual"
        HOUSEHOLD = "household"
        CAMPUS = "campus"
        ENTERPRISE = "enterprise"

    class Status(models.TextChoices):
        PROVISIONAL = "provisional"  # an unknown caller, created once per call
        ACTIVE = "active"
        MERGED = "merged"  # lives on in another customer; the id stays known and comes back on unmerge
        RESTRICTED = "restricted"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INDIVIDUAL)
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    name = models.CharField(max_length=120, blank=True)  # as the person writes it
    title = models.CharField(max_length=8, blank=True)  # mr | ms | "" : how to address, if the person said so
    language = models.CharField(max_length=12, blank=True)  # BCP 47
    region = models.CharField(max_length=60, blank=True)  # province or city, coarse
    birth_year = models.SmallIntegerField(null=True)
    level = models.CharField(max_length=12, blank=True)  # diamond | gold | silver | standard
    value_tier = models.CharField(max_length=12, blank=True)
    lifecycle = models.CharField(max_length=16, blank=True)
    since = models.DateField(null=True)
    created_at = models.DateTimeField()
    source = models.CharField(max_length=32, blank=True)  # where name and facts came from
    observed_at = models.DateTimeField(null=True)  # and when
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="merged", merged_into__isnull=False)
                | (~models.Q(status="merged") & models.Q(merged_into__isnull=True)),
                name="customer_merged_says_into_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="customer_not_merged_into_itself",
            ),
        ]


class Identifier(models.Model):
    """Something a customer can be found by. Several customers may share one; it has a validity interval."""

    class Kind(models.TextChoices):
        PHONE = "phone"
        LANDLINE = "landline"
        EMAIL = "email"
        ID_DOCUMENT = "id_document"
        WECHAT = "wechat"
        QQ = "qq"
        WEIBO = "weibo"
        MEMBER = "member"
        WEB = "web"
        OPENID = "openid"  # within one app of WeChat: `scope`
        WECOM = "wecom"  # within one corporation: `scope`
        APP = "app"  # an installation of one app: `scope`
        DEVICE = "device"
        BROADBAND = "broadband"
        CREDIT_CODE = "credit_code"  # of an enterprise, GB 32100

    # found by the unique index below, which begins with it
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    scope = models.CharField(max_length=48, blank=True)  # app or corp id where the kind is scoped
    value = models.CharField(
        max_length=160
    )  # normalised: E.164 for numbers, lower case for mail; an index where sealed
    # Of kinds that are never stored in clear; see identity/sealed.py. `default` besides: many rows go as one array a column.
    sealed = models.TextField(blank=True, default="", db_default="")
    born = models.SmallIntegerField(null=True)  # the year of birth a sealed id document tells
    role = models.CharField(max_length=12, default="user")  # user | holder | payer | contact
    verified_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=32, blank=True)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    job = models.BigIntegerField(null=True)  # the import that brought it, for that to be taken back

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "scope", "value"],
                name="identifier_once_per_customer",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="id_document")
                | (models.Q(value__startswith="b1.") & models.Q(sealed__startswith="s1.")),
                name="identifier_sealed",
            ),
        ]
        # read by every arriving call: who is reached by this
        indexes = [models.Index(fields=["kind", "scope", "value"], name="identifier_lookup")]


class Relationship(models.Model):
    """A dated role between two parties: household member, payer, employee …"""

    a = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations_out")
    b = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations_in")
    role = models.CharField(max_length=16)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(a=models.F("b")), name="relationship_between_two"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="relationship_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["a", "b", "role"], condition=models.Q(valid_to__isnull=True), name="relationship_once"
            ),
        ]
