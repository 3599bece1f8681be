"""The groups into which people sort their workspaces."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

GROUP_NAME_MOST = 50


class WorkspaceGroup(models.Model):
    """One person's name for some of their workspaces. It may be empty; a workspace in none is uncategorized."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.CASCADE, related_name="workspace_groups"
    )
    name = models.CharField(_("name"), max_length=GROUP_NAME_MOST)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("group of workspaces")
        verbose_name_plural = _("groups of workspaces")
        ordering = (Lower("name"),)
        constraints = (models.UniqueConstraint("owner", Lower("name"), name="workspace_group_unique_for_owner"),)

    def __str__(self) -> str:
        return self.name
