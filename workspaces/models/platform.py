"""Signs of life of the platform's own parts."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """`name` was alive at `at`; the health page reads it."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
