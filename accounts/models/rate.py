"""How often something was tried lately, kept in the database so that a restart forgives nothing."""

from __future__ import annotations

from django.db import models


class RateWindow(models.Model):
    """`count` tries in `bucket` since `started_at`. A bucket names the limit and a hash of who is limited."""

    bucket = models.CharField(max_length=120, unique=True)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=["started_at"], name="rate_windows_to_prune"),)
