"""What a workspace was at one moment, as an image that others are made of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models.kind import Kind
from workspaces.models.workspace import ID_LENGTH, Workspace, new_public_id


class Snapshot(models.Model):
    """The container's own files and those of its volume, taken while nothing moved.

    `image`: its name on the engine, which follows from `public_id` and the installation; "" until it is there.
    `columns`: what the source's row said (memory, network …), by column, for clones that are made when the source is
    gone. `identity`: absolute paths of files that are to be new in each clone (machine id, SSH host keys). `layers`:
    how many the image has. `frozen_ms`: how long the source stood still. A `BACKUP` keeps secrets, the other purposes
    leave them out. `failed_at`: when it failed; of one that is still to be taken, when it was last put off. It goes
    when nothing refers to it any more.
    """

    class Purpose(models.TextChoices):
        CLONE = "clone", _("clones")
        WORKSHOP = "workshop", _("a workshop")
        BACKUP = "backup", _("a backup copy")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKING = "taking", _("being taken")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    public_id = models.CharField(_("id"), max_length=ID_LENGTH, unique=True, default=new_public_id, editable=False)
    source = models.ForeignKey(
        Workspace, verbose_name=_("workspace"), null=True, on_delete=models.SET_NULL, related_name="snapshots"
    )
    source_name = models.CharField(_("workspace"), max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="snapshots")
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.CLONE)
    columns: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    image = models.CharField(max_length=250, blank=True)
    identity: models.JSONField[list[str]] = models.JSONField(default=list)
    layers = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    frozen_ms = models.PositiveIntegerField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=("waiting", "taking", "ready", "failed")),
                                   name="snapshot_state_is_known"),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(image=""), name="snapshot_ready_has_an_image"),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.source_name

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY
