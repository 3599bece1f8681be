"""What is done to many seats together: pushing files or a command, and rehearsing."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workshop.models.workshop import Seat, Workshop


class Push(models.Model):
    """Files or a command for several seats. `files_sealed`: encrypted JSON of path below /workspace → base64.

    `existing`: what is done with a file that the participant has changed. `folder`: below /workspace, "" for itself.
    """

    class Kind(models.TextChoices):
        FILES = "files", _("files")
        COMMAND = "command", _("command")
        UNDO = "undo", _("undo")

    class Existing(models.TextChoices):
        BESIDE = "beside", _("put it beside theirs")
        KEEP = "keep", _("leave theirs alone")
        REPLACE = "replace", _("replace theirs, and keep a copy of it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="pushes", verbose_name=_("workshop"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("who")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    existing = models.CharField(_("changed files"), max_length=10, choices=Existing.choices, default=Existing.BESIDE)
    folder = models.CharField(_("into the folder"), max_length=300, blank=True)
    files_sealed = models.TextField(blank=True)
    file_names: models.JSONField[list[str]] = models.JSONField(default=list)
    command = models.TextField(_("command"), blank=True)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undone_by")
    created_at = models.DateTimeField(_("asked"), default=timezone.now)

    class Meta:
        verbose_name = _("push to seats")
        verbose_name_plural = _("pushes to seats")
        ordering = ("-created_at",)
        indexes = (models.Index(fields=["workshop", "-created_at"], name="pushes_of_workshop"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"


class PushResult(models.Model):
    """How a push went at one seat. `files`: what became of each, `{"path", "outcome", "at", "was"}`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        PARTLY = "partly", _("done in part")
        FAILED = "failed", _("failed")

    push = models.ForeignKey(Push, on_delete=models.CASCADE, related_name="results")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="push_results", verbose_name=_("seat"))
    workspace_public_id = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    files: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)
    output = models.TextField(_("output"), blank=True)
    exit_code = models.IntegerField(_("exit code"), null=True)
    problem = models.TextField(_("reason"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["push", "seat"], name="push_result_once_per_seat"),)


class Rehearsal(models.Model):
    """A trial of the evening: `seats` are made, opened and checked, and removed again.

    `results`: one dict per seat, with its times in milliseconds, or why it failed. `verdict`: "go" or "no-go".
    `workspaces`: public ids of what was made for it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    workshop = models.ForeignKey(
        Workshop, on_delete=models.CASCADE, related_name="rehearsals", verbose_name=_("workshop")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("who")
    )
    seats = models.PositiveIntegerField(_("seats"))
    command = models.TextField(_("command"), blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    workspaces: models.JSONField[list[str]] = models.JSONField(default=list)
    results: models.JSONField[list[dict[str, Any]]] = models.JSONField(_("results"), default=list)
    verdict = models.CharField(max_length=10, blank=True)
    problem = models.TextField(_("findings"), blank=True)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.workshop} {self.created_at:%Y-%m-%d %H:%M}"
