"""Who may use a workspace beside its owner, and what lets a browser into one at the gateway: only hashes are stored."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models.workspace import Workspace


class Share(models.Model):
    """Somebody may use another's workspace.

    An editor may see it, open it, start and stop it and work on its files; not give it away. A viewer may look: at its
    page, its figures and its files.
    """

    class Role(models.TextChoices):
        EDITOR = "editor", _("editor")
        VIEWER = "viewer", _("viewer")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.EDITOR)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "workspace"], name="share_once"),)


class GatewayTicket(models.Model):
    """Handed from the platform to a workspace's own origin; good once, for a minute, for the host it names."""

    key_hash = models.CharField(max_length=64, unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="tickets")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)
    host = models.CharField(max_length=100)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class GatewaySession(models.Model):
    """A browser that may use one host of one workspace.

    With a `user`, what that user may do decides at each request, and the end of the platform session `session_key` ends
    this one; without, a guest, who had what `guest_by` says in its version `password_version`.
    """

    class GuestBy(models.TextChoices):
        """The password of the workspace, the link to a port of it, or the password of an alias."""

        PASSWORD = "password"  # noqa: S105 - the name of a way in
        LINK = "link"
        ALIAS = "alias"

    key_hash = models.CharField(max_length=64, unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="gateway_sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)
    host = models.CharField(max_length=100)
    guest_by = models.CharField(max_length=10, choices=GuestBy.choices, default=GuestBy.PASSWORD)
    password_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["expires_at"], name="gateway_sessions_to_prune"),)
