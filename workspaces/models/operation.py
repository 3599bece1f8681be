"""One piece of work on a workspace. These rows are the truth; a task is only the wake-up call."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models.batch import Batch
from workspaces.models.workspace import Workspace
from workspaces.states import OPEN_OPERATIONS, OperationState, Step, Verb


class Operation(models.Model):
    """`percent` 0–100; `attempts` counts workers that took it up; `next_try_at` is when it may be taken up again.

    `keep_files`: for a deletion that leaves the volume. `backup`: the snapshot of what it was, which is there before a
    reset begins. `batch`: what it is part of, None when asked by itself.

    It outlives its workspace, whose public id and name it copies.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, verbose_name=_("workspace"), null=True, on_delete=models.SET_NULL, related_name="operations"
    )
    workspace_public_id = models.CharField(_("workspace’s id"), max_length=12)
    workspace_name = models.CharField(_("workspace"), max_length=100)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    verb = models.CharField(_("what"), max_length=10, choices=Verb.choices)
    batch = models.ForeignKey(Batch, null=True, editable=False, on_delete=models.SET_NULL, related_name="operations")
    keep_files = models.BooleanField(default=False, editable=False)
    backup = models.ForeignKey(
        "workspaces.Snapshot", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=OperationState.choices, default=OperationState.QUEUED)
    step = models.CharField(_("step"), max_length=20, choices=Step.choices, default=Step.QUEUED)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    percent = models.PositiveSmallIntegerField(_("percent"), default=0)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    error = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=["workspace", "-created_at"], name="operations_of_workspace"),
            models.Index(fields=["state", "next_try_at"], name="operations_to_resend"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(state__in=OPEN_OPERATIONS), name="operation_one_open_per_workspace"
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="operation_percent_at_most_100"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.workspace_name}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_OPERATIONS
