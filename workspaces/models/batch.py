"""One wish for many workspaces at once."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from workspaces.states import Verb


class Batch(models.Model):
    """What was asked of `total` workspaces together; the operations that do it name it.

    `already`: how many needed nothing. `refused`: those of which nothing was asked, each as `{"id", "name", "code",
    "message"}`, the message in the language of who asked. How far it is follows from its operations.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    total = models.PositiveIntegerField()
    already = models.PositiveIntegerField(default=0)
    refused: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=["actor", "-created_at"], name="batches_of_actor"),)
