"""What happened, who did it and from where. Rows are added and never changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One event. `workspace` is a public id; the names are copies, so that they outlive what they name."""

    at = models.DateTimeField(_("time"), default=timezone.now)
    action = models.CharField(_("what"), max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    actor_name = models.CharField(_("name then"), max_length=254, blank=True)
    workspace = models.CharField(_("workspace"), max_length=12, blank=True)
    workspace_name = models.CharField(_("its name then"), max_length=100, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    meta: models.JSONField[dict[str, Any]] = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=["workspace", "-at"], name="audit_of_workspace"),
            models.Index(fields=["actor", "-at"], name="audit_of_actor"),
            models.Index(fields=["-at"], name="audit_newest"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"
