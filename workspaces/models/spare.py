"""Ids of workspaces that do not exist yet, for which something was made in advance."""

from __future__ import annotations

from django.db import models

from workspaces.models.workspace import ID_LENGTH, new_public_id


class Spare(models.Model):
    """An id whose network is there, once `ready`. A new workspace that takes the id over has its network by that."""

    public_id = models.CharField(max_length=ID_LENGTH, unique=True, default=new_public_id)
    ready = models.BooleanField(default=False)
