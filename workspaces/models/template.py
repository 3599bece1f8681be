"""Presets for new workspaces, written as YAML."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Template(models.Model):
    """One preset. `yaml` is the truth and always well-formed; `description` is copied from it for lists.

    `built_in`: came with the program; may be changed, but not deleted.
    """

    name = models.SlugField(_("name"), max_length=40)
    description = models.CharField(_("description"), max_length=200, blank=True)
    yaml = models.TextField(_("YAML"))
    built_in = models.BooleanField(_("came with the program"), default=False, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(Lower("name"), name="template_name_unique"),)

    def __str__(self) -> str:
        return self.name
