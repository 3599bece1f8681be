"""What is still to be put into a new workspace before it starts for the first time."""

from __future__ import annotations

from django.db import models

from workspaces.models.workspace import Workspace


class Setup(models.Model):
    """Files and a repository for a workspace that is being made; the row goes when they are there.

    `files_sealed`: encrypted JSON of path → base64, "" for none. `repo_url` "" for none; `repo_destination` is below
    /workspace; `token_sealed`: encrypted, "" for none. `discard`: when it fails, the workspace is deleted again.
    """

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="setup")
    files_sealed = models.TextField(blank=True)
    repo_url = models.CharField(max_length=500, blank=True)
    repo_branch = models.CharField(max_length=200, blank=True)
    repo_destination = models.CharField(max_length=300, blank=True)
    token_sealed = models.TextField(blank=True)
    discard = models.BooleanField(default=False)
