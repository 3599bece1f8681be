"""One workspace: a row that says what should be true of one container, its volume and its network."""

from __future__ import annotations

import secrets
import string

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models.group import WorkspaceGroup
from workspaces.models.kind import Kind
from workspaces.states import UNSETTLED, State

ID_LENGTH = 12


def new_public_id() -> str:
    """Twelve lower-case letters and digits, a letter first: a host name label, a container name and a key (59 bits)."""
    alphabet = string.ascii_lowercase + string.digits
    return secrets.choice(string.ascii_lowercase) + "".join(secrets.choice(alphabet) for _ in range(ID_LENGTH - 1))


class Workspace(models.Model):
    """Names on the engine follow from `public_id`, so nothing is lost when an answer of the engine was.

    `state` changes only through `transitions.move`. `lease_*`: which worker is at it, until when (UTC).
    `address`: the container's IPv4 while it runs. `password_encrypted`: Fernet text, empty without a password;
    `password_version` counts its changes, which ends the sessions that the old one opened. Memory in MiB.
    `blocked_ranges`: IPv4 ranges (CIDR) beside those that no workspace reaches. `environment_sealed`: encrypted JSON of
    the variables its owner gave it, "" for none. `template`: the preset it was made from, by name; `starter`: the slug
    of the files it began with. `idle_*_minutes`: unused for so long it is paused and stopped; 0 for never, None for
    what the settings say; neither before `keep_awake_until`. `out_of_memory_at`: when the kernel last ended one of its
    programs for reaching the memory limit, since it was started. `app_port`: where the app in its container listens,
    when that was made while its kind said another port than now; None for what the kind says. `snapshot`: what its
    container is made of, None for its kind's image. `is_seat`: it was made for a workshop, and counts among the seats
    of that instead of among its owner's workspaces. `desktop_menu`: its desktop has a menu from which other programs
    than its kind's are started. `expires_at`: when it is deleted by itself, None for never.
    """

    public_id = models.CharField(_("id"), max_length=ID_LENGTH, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="workspaces"
    )
    kind = models.ForeignKey(Kind, verbose_name=_("kind"), on_delete=models.PROTECT, related_name="workspaces")
    name = models.CharField(_("name"), max_length=100)
    group = models.ForeignKey(
        WorkspaceGroup, verbose_name=_("group"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="workspaces",
    )  # fmt: skip
    notes = models.TextField(_("notes"), blank=True)
    state = models.CharField(_("status"), max_length=10, choices=State.choices, default=State.CREATING)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(_("reason"), blank=True)

    memory_mb = models.PositiveIntegerField(_("memory (MiB)"))
    cpus = models.FloatField(_("CPU cores"))
    pids = models.PositiveIntegerField(_("processes"), default=512)
    network_mode = models.CharField(_("network"), max_length=10, default="internet")
    blocked_ranges: models.JSONField[list[str]] = models.JSONField(_("blocked ranges"), default=list, blank=True)
    template = models.CharField(_("template"), max_length=40, blank=True, editable=False)
    starter = models.CharField(_("starter"), max_length=20, blank=True, editable=False)
    git_url = models.CharField(_("repository"), max_length=500, blank=True, editable=False)
    read_only_root = models.BooleanField(_("fixed programs"), default=False, editable=False)
    desktop_menu = models.BooleanField(_("menu of programs"), default=False, editable=False)
    gpu = models.BooleanField(_("graphics processor"), default=False, editable=False)
    environment_sealed = models.TextField(blank=True, editable=False)
    password_encrypted = models.TextField(blank=True, editable=False)
    password_version = models.PositiveIntegerField(default=0, editable=False)

    idle_pause_minutes = models.PositiveIntegerField(_("paused when unused for (minutes)"), null=True, blank=True)
    idle_stop_minutes = models.PositiveIntegerField(_("stopped when unused for (minutes)"), null=True, blank=True)
    keep_awake_until = models.DateTimeField(_("kept awake until"), null=True, blank=True, editable=False)

    snapshot = models.ForeignKey(
        "workspaces.Snapshot", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="clones"
    )
    is_seat = models.BooleanField(_("seat of a workshop"), default=False, editable=False)
    expires_at = models.DateTimeField(_("deleted by itself"), null=True, blank=True, editable=False)

    app_port = models.PositiveIntegerField(null=True, blank=True, editable=False)
    container_id = models.CharField(_("container"), max_length=64, blank=True, editable=False)
    image = models.CharField(_("image"), max_length=250, blank=True, editable=False)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True, editable=False)
    lease_owner = models.CharField(max_length=40, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    state_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True, editable=False)
    last_opened_at = models.DateTimeField(_("last opened"), null=True, blank=True, editable=False)
    last_activity_at = models.DateTimeField(_("last used"), default=timezone.now, editable=False)
    out_of_memory_at = models.DateTimeField(_("ran out of memory"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=["owner", "-created_at"], name="workspace_list_of_owner"),
            models.Index(fields=["-created_at"], name="workspace_list_of_all"),
            models.Index(fields=["owner", "state"], name="workspace_limits_of_owner"),
            models.Index(fields=["state", "state_changed_at"], name="workspace_for_the_sweep"),
            models.Index(fields=["expires_at"], name="workspace_to_expire", condition=Q(expires_at__isnull=False)),
        )
        constraints = (
            models.UniqueConstraint("owner", Lower("name"), name="workspace_name_unique_for_owner"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="workspace_state_is_known"),
            models.CheckConstraint(
                condition=Q(memory_mb__gte=64, cpus__gt=0, pids__gte=16), name="workspace_limits_make_sense"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def engine_name(self) -> str:
        """Name of its container, volume and network."""
        return f"spaces-{self.public_id}"

    @property
    def is_settled(self) -> bool:
        return self.state not in UNSETTLED

    @property
    def has_password(self) -> bool:
        return bool(self.password_encrypted)

    @property
    def port(self) -> int:
        """Where its app listens; 0 when it has none."""
        return self.kind.port if self.app_port is None else self.app_port


class Favorite(models.Model):
    """Somebody's star on a workspace."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favorites")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="favorites")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "workspace"], name="favorite_once"),)
