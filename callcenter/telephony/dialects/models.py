"""How a trunk's callers are met, and the secrets its platform signs with."""

from __future__ import annotations

from django.db import models


class VoiceLine(models.Model):
    """What callers of a trunk hear and where they go; a trunk without a row has the values given here."""

    trunk = models.OneToOneField("telephony.Trunk", on_delete=models.CASCADE, related_name="voice")
    menus = models.BooleanField(default=True)  # callers walk the published flow of the number they dialled
    flow = models.CharField(max_length=48, blank=True)  # key of a flow, instead of the one found by number
    queue = models.CharField(max_length=48, blank=True)  # where callers go who walk no menus
    language = models.CharField(max_length=2, default="zh", choices=[("zh", "zh"), ("en", "en")])
    music_url = models.CharField(max_length=300, blank=True)
    fallback_number = models.CharField(max_length=64, blank=True)  # where callers go when we cannot be reached

    class Meta:
        app_label = "telephony"


class AwaitedCaller(models.Model):
    """A caller for whom a platform will ask again, by then at the latest (`silence`)."""

    call = models.UUIDField(primary_key=True)
    trunk = models.CharField(max_length=48)
    until = models.DateTimeField()

    class Meta:
        app_label = "telephony"
        indexes = [models.Index(fields=["until"], name="awaited_until")]


class LineSecret(models.Model):
    """A secret under which a platform signs its requests, sealed. Two are good while one replaces the other."""

    trunk = models.ForeignKey("telephony.Trunk", on_delete=models.CASCADE, related_name="secrets")
    sealed = models.TextField()  # foundation-wide key, never the secret itself
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True)  # set when its successor came

    class Meta:
        app_label = "telephony"
        constraints = [
            # The newest has no end; those before it have one.
            models.UniqueConstraint(
                fields=["trunk"], condition=models.Q(expires_at__isnull=True), name="one_lasting_secret_per_trunk"
            )
        ]
