"""Workspaces that a program calls by two texts of its own: a project and a key, unique for the person it works for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.models import User
from spaces_site.errors import NotFound
from workspaces.engine_state import engine_require
from workspaces.files.paths import path_clean
from workspaces.limits import owner_lock
from workspaces.models import ContainerKey, Workspace
from workspaces.selectors import workspace_get
from workspaces.services.create import workspace_create
from workspaces.services.names import MOST, name_next
from workspaces.services.work import workspace_start

KIND = "code-server"
_SEPARATING = re.compile(r"\W+")
_LONGEST = MOST - 5
"""Leaves room for the number that makes a name unique."""


@dataclass(frozen=True, slots=True)
class Started:
    """A workspace that runs or will soon; `is_new`: there was none under that pair before."""

    workspace: Workspace
    is_new: bool


def container_find(actor: Actor, project: str, key: str) -> Workspace:
    """The actor's own workspace under that pair. Raises `NotFound` (CONTAINER_NOT_FOUND), `Unauthenticated`."""
    named = _named(signed_in(actor), project, key)
    if named is None:
        raise NotFound(_("There is no container for this project and workspace."), code="CONTAINER_NOT_FOUND")
    return workspace_get(actor, named.workspace.public_id)


def container_start(
    actor: Actor, project: str, key: str, *, files: Mapping[str, bytes] | None = None, kind: str = ""
) -> Started:
    """Afterwards there is a workspace of the actor's under that pair and it runs or will; two callers get the same one.

    `kind`: of a new one, an editor if none is named; one that was there stays what it is.
    `files` (path below /workspace → content) are in a new one before it starts, and where that fails it is deleted
    again; one that was there is left as it is. Raises as `workspace_create` and `workspace_start`.
    """
    user = signed_in(actor)
    files = {path_clean(path): content for path, content in (files or {}).items()}
    engine_require()  # before the lock, which nobody shall hold while the engine is asked
    with transaction.atomic():
        owner = owner_lock(user.pk)
        named = _named(user, project, key)
        if named is None:
            return Started(_new(actor, owner, project, key, files, kind), is_new=True)
    workspace_start(actor, named.workspace)
    return Started(workspace_get(actor, named.workspace.public_id), is_new=False)


def _named(user: User, project: str, key: str) -> ContainerKey | None:
    return ContainerKey.objects.filter(user=user, project=project, key=key).select_related("workspace").first()


def _new(
    actor: Actor, owner: User, project: str, key: str, files: Mapping[str, bytes], kind: str
) -> Workspace:
    workspace = workspace_create(
        actor, kind=kind or KIND, name=name_next(owner, _base(project, key)), files=files, discard=True
    )
    ContainerKey.objects.create(user=owner, project=project, key=key, workspace=workspace)
    return workspace


def _base(project: str, key: str) -> str:
    """A name made of the pair, of letters that also do in an address."""
    return _SEPARATING.sub("-", f"{project}-{key}")[:_LONGEST].strip("-") or "container"
