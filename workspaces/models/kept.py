"""What outlives a workspace, and the names that programs call theirs by."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models.kind import Kind
from workspaces.models.workspace import ID_LENGTH, Workspace


class KeptFiles(models.Model):
    """The volume of a deleted workspace, which a later one of that name and owner gets back, and the old id with it.

    Volume and container names follow from `public_id`, so that who has the id has the files. `removing`: its owner
    wants it gone, which a worker sees to.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="kept_files"
    )
    name = models.CharField(_("name"), max_length=100)
    public_id = models.CharField(_("id"), max_length=ID_LENGTH, unique=True)
    kind = models.ForeignKey(Kind, verbose_name=_("kind"), null=True, on_delete=models.SET_NULL, related_name="+")
    kept_at = models.DateTimeField(_("kept since"), default=timezone.now)
    removing = models.BooleanField(_("being removed"), default=False)

    class Meta:
        verbose_name = _("kept files")
        verbose_name_plural = _("kept files")
        ordering = ("-kept_at",)
        constraints = (models.UniqueConstraint("owner", Lower("name"), name="kept_files_name_unique_for_owner"),)

    def __str__(self) -> str:
        return self.name


class ContainerKey(models.Model):
    """A workspace as one program calls it: by two texts of its own, unique for the user it works for."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="container_keys")
    project = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="container_key")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "project", "key"], name="container_key_unique_for_user"),
        )
