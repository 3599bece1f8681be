"""Who may use a workspace beside its owner, and what lets a browser into one at the gateway: only hashes are stored."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from workspaces.models.workspace import Workspace


class Share(models.Model):
    """Somebody may use another's workspace: see it, open it, start and stop it, work on its files; not give it away."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
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
    this one; without, a visitor knew the password in its version `password_version`.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="gateway_sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)
    host = models.CharField(max_length=100)
    password_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["expires_at"], name="gateway_sessions_to_prune"),)
