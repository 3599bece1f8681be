"""Ports inside a workspace that others may reach, and names for them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models.workspace import Workspace

_IS_A_PORT = Q(port__gte=1, port__lte=65535)


class PortShare(models.Model):
    """Who beside those who may work in the workspace reaches one port of it. Without a row: nobody.

    `link_key_sealed`: encrypted, for the audience `LINK`; `link_version` counts its changes, which ends the sessions
    that an older link opened.
    """

    class Audience(models.TextChoices):
        PEOPLE = "people", _("everybody who is signed in")
        LINK = "link", _("everybody with the link")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="port_shares")
    port = models.PositiveIntegerField(_("port"))
    audience = models.CharField(max_length=10, choices=Audience.choices)
    link_key_sealed = models.TextField(blank=True)
    link_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "port"], name="port_share_once"),
            models.CheckConstraint(condition=_IS_A_PORT, name="port_share_port_is_a_port"),
        )


class Alias(models.Model):
    """A name for a port: `<subdomain>.` and the site's host. Who may enter is as at the port itself.

    With a password (`auth_username` and `password_encrypted`) also who knows it; `password_version` counts its changes.
    """

    subdomain = models.CharField(_("name"), max_length=32, unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="aliases")
    port = models.PositiveIntegerField(_("port"))
    auth_username = models.CharField(_("user name"), max_length=64, blank=True)
    password_encrypted = models.TextField(blank=True)
    password_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("subdomain",)
        constraints = (
            models.CheckConstraint(condition=_IS_A_PORT, name="alias_port_is_a_port"),
            models.CheckConstraint(condition=Q(subdomain=Lower("subdomain")), name="alias_is_lower_case"),
        )

    def __str__(self) -> str:
        return self.subdomain

    @property
    def has_password(self) -> bool:
        return bool(self.password_encrypted)
