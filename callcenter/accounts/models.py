"""People, keys and what they looked at."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from callcenter.foundation.principal import Role


class User(AbstractUser):
    """A person who signs in. The role decides which pages exist for them."""

    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], default=Role.AGENT)
    language = models.CharField(max_length=12, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]


class ApiKey(models.Model):
    """A key of a machine: `zk_` + 8 characters + secret, shown once; only the SHA-256 is kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)  # ["calls:write", "events:read", …]
    domain = models.CharField(max_length=32)  # routing domain the key is bound to
    trunk = models.CharField(max_length=48, blank=True)  # trunk key, "" for keys that are no switch
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

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
        indexes = [models.Index(fields=["user", "-at"], name="reveal_of_user")]
