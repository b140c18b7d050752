"""People, keys and what they looked at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.foundation.principal import Role

ROLE_NAMES = {
    Role.AGENT: _("Agent"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.ANALYST: _("Analyst"),
    Role.MARKETING: _("Marketing"),
    Role.ADMIN: _("Administrator"),
    Role.AUDITOR: _("Auditor"),
}


class People(UserManager["User"]):
    """`createsuperuser` makes an administrator: there is no power beside the role."""

    use_in_migrations = False

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **more: Any
    ) -> User:
        more.setdefault("role", Role.ADMIN)
        return super().create_superuser(username, email, password, **more)


class User(AbstractUser):
    """A person who signs in. The role alone decides which pages exist for them."""

    role = models.CharField(
        _("role"), max_length=16, choices=[(role.value, name) for role, name in ROLE_NAMES.items()], default=Role.AGENT
    )
    language = models.CharField(_("language"), max_length=12, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[People] = People()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Django's own two flags follow the role, so that they can never say otherwise."""
        self.is_staff = self.is_superuser = self.role == Role.ADMIN
        super().save(*args, **kwargs)


class ApiKey(models.Model):
    """A key of a machine: `zk_` + 8 characters + secret, shown once; only the SHA-256 is kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)  # ["calls:write", "events:read", …]
    domain = models.CharField(max_length=32)  # routing domain the key is bound to
    trunk = models.CharField(max_length=48, blank=True)  # trunk key, "" for keys that are no switch
    # prefix of the first of the keys that were rotated into it; "" for that one
    heir_of = models.CharField(max_length=8, blank=True, db_default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    watched_until = models.DateTimeField(null=True)  # until then every request of it is written down

    def __str__(self) -> str:
        return f"zk_{self.prefix}"


class Reveal(models.Model):
    """One unmasked value shown to one person: written before the value leaves the server."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    subject = models.CharField(max_length=96)  # customer:<uuid>
    field = models.CharField(max_length=48)
    purpose = models.CharField(max_length=120)
    call = models.UUIDField(null=True)

    class Meta:
        # read by the hourly limit
        indexes = [models.Index(fields=["user", "-at"], name="reveal_of_user")]


class LookUpRule(models.Model):
    """From how many look-ups an hour on somebody is told; the newest counts, the earlier ones say how it was."""

    class Of(models.TextChoices):
        PERSON = "person"
        KEY = "key"  # an API key: a system asks more often than a person does

    of = models.CharField(max_length=8, choices=Of, default=Of.PERSON)
    most = models.IntegerField()
    sigmas = models.FloatField()
    least = models.IntegerField()
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(least__gte=1, most__gte=models.F("least"), sigmas__gte=1), name="look_up_rule_fits"
            ),
        ]


class LookUpAlarm(models.Model):
    """A person or a key looked up many customers within an hour without a call; open until somebody else answers for it."""

    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()
    looked = models.IntegerField()  # different customers, and look-ups that opened nobody
    usual = models.FloatField(null=True)  # their mean hour, where it is known
    why = models.CharField(max_length=8)  # many | unusual
    most = models.IntegerField()  # of the rule as it stood
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at"], name="look_up_alarm_of_user"),
            # asked on every page that shows how many wait
            models.Index(fields=["-at"], condition=models.Q(seen_at__isnull=True), name="look_up_alarm_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, key__isnull=True)
                | models.Q(user__isnull=True, key__isnull=False),
                name="look_up_alarm_of_one",
            ),
        ]

    @property
    def actor(self) -> str:
        return f"key:{self.key.prefix}" if self.key else f"user:{self.user_id}"
