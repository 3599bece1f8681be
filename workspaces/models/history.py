"""How far the shell history of a workspace has been taken into the audit."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from workspaces.models.workspace import Workspace


class HistoryMark(models.Model):
    """`offset` bytes of the history file are taken in; `tail` are the last of them, by which they are recognised.

    A file that was cut or written anew is so told from one that has grown.
    """

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="history_mark")
    offset = models.PositiveBigIntegerField(default=0)
    tail = models.BinaryField(default=b"")
    read_at = models.DateTimeField(default=timezone.now)
