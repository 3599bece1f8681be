"""How far the shell history of a workspace has been taken into the audit."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class HistoryMark(models.Model):
    """`offset` bytes of the history file are taken in; `digest` is of the last of them, `known` of each line, in order.

    So a file that was cut or written anew is told from one that has grown, and its known lines from new ones. By public
    id, because the file may outlive the workspace and come back with the next one of that id.
    """

    public_id = models.CharField(max_length=12, unique=True)
    offset = models.PositiveBigIntegerField(default=0)
    digest = models.BinaryField(default=b"")
    known = models.BinaryField(default=b"")
    read_at = models.DateTimeField(default=timezone.now)
