"""Copies of a workspace: one snapshot, and as many workspaces made of it as are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from accounts.models import User
from spaces_site.errors import Conflict, Invalid
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.batches import batches_prune
from workspaces.engine_state import engine_require
from workspaces.limits import check_may_clone, check_resources, owner_lock
from workspaces.models import Batch, Operation, Snapshot, Workspace, WorkspaceGroup
from workspaces.models.workspace import new_public_id
from workspaces.passwords import password_encrypt
from workspaces.selectors import workspace_usable
from workspaces.sending import operation_send, snapshot_send
from workspaces.services.details import password_check
from workspaces.services.groups import group_ensure
from workspaces.services.names import MOST as NAME_MOST
from workspaces.services.names import name_collides, names_taken
from workspaces.services.protection import password_ask
from workspaces.snapshots.waiting import WAITS
from workspaces.spares import spare_take
from workspaces.states import HAS_NO_FILES, State, Verb

MOST = 50
COPIED = (
    "memory_mb", "cpus", "pids", "gpu", "network_mode", "blocked_ranges", "read_only_root", "desktop_menu",
    "template", "starter", "git_url", "idle_pause_minutes", "idle_stop_minutes",
)  # fmt: skip
"""What a clone's row takes over. Notes, names for ports, shares, passwords, variables and keys it does not."""


@dataclass(frozen=True, slots=True)
class Cloning:
    """What was begun: the clones by number, all being created, the snapshot they wait for, and the batch that says how
    far all of it is."""

    batch: Batch
    snapshot: Snapshot
    clones: list[Workspace]


def workspace_clone(
    actor: Actor, source: Workspace, *, count: int, password: str = "", source_password: str | None = ""
) -> Cloning:
    """`count` (1 to 50) copies of `source` are being created for the actor, all or none, called `<source> N`.

    Each has the files and programs that the source has at one moment, its size, kind, network and group; what is secret
    in it stays behind. `password`: that of every copy, "" for none; `source_password`: as `password_ask` has it.
    Raises `NotFound`, `Forbidden` (GUEST, VIEWER_ONLY, WORKSPACE_PASSWORD, WORKSPACE_LIMIT, RUNNING_LIMIT), `Invalid`
    (CLONE_COUNT, PASSWORD_INVALID, sizes), `Conflict` (CLONE_SOURCE while it is made or deleted), `Unavailable`.
    """
    user = full_member(actor)
    source = workspace_usable(actor, source.public_id)
    password_ask(actor, source, source_password)
    if not 1 <= count <= MOST:
        text = _("Between 1 and %(most)d copies.") % {"most": MOST}
        raise Invalid(text, code="CLONE_COUNT", details={"count": text})
    if password:
        password_check(password)
    check_resources(user, source.memory_mb, source.cpus)
    engine_require()
    with name_collides(), transaction.atomic():
        owner = owner_lock(user.pk)
        source = workspace_usable(actor, source.public_id)
        check_may_clone(owner, count)
        batches_prune(user)
        batch = Batch.objects.create(actor=user, verb=Verb.CLONE, total=count)
        snapshot = snapshot_ask(source, Snapshot.Purpose.CLONE, owner=owner)
        clones = clones_make(
            owner,
            snapshot,
            names_next(owner, source.name, count),
            actor=actor,
            batch=batch,
            group=group_ensure(owner, source.group.name if source.group else ""),
            password=password,
        )
        workspace_audit(actor, "workspace.cloned", source, count=count, clones=[one.public_id for one in clones])
    return Cloning(batch, snapshot, clones)


def snapshot_ask(source: Workspace, purpose: Snapshot.Purpose, *, owner: User | None = None) -> Snapshot:
    """A snapshot of `source` is being taken, in the caller's transaction, which also has to refer to it: what nothing
    refers to is removed. `owner`: whose it is, the source's when None. Raises `Conflict` (CLONE_SOURCE) where there is
    nothing to copy."""
    if not has_content(source):
        raise Conflict(
            _("“%(name)s” cannot be copied now: it is %(state)s.")
            % {"name": source.name, "state": State(source.state).label},
            code="CLONE_SOURCE",
            details={"state": str(source.state)},
        )
    snapshot = Snapshot.objects.create(
        source=source,
        source_name=source.name,
        owner_id=owner.pk if owner else source.owner_id,
        kind_id=source.kind_id,
        purpose=purpose,
        columns={column: getattr(source, column) for column in COPIED} | {"app_port": source.port},
    )
    snapshot_send(snapshot.public_id)
    return snapshot


def has_content(workspace: Workspace) -> bool:
    """Whether it has ever been made, so that there is something to take a snapshot of."""
    return workspace.state not in HAS_NO_FILES and (bool(workspace.container_id) or workspace.state == State.RUNNING)


def clones_make(
    owner: User,
    snapshot: Snapshot,
    names: Sequence[str],
    *,
    actor: Actor,
    batch: Batch | None = None,
    group: WorkspaceGroup | None = None,
    password: str = "",
    is_seat: bool = False,
    keep_awake_until: datetime | None = None,
    expires_at: datetime | None = None,
    **columns: Any,
) -> list[Workspace]:
    """One workspace of each name is being created of `snapshot`, in the caller's transaction and under the owner's
    lock; limits and names are the caller's to check. `columns`: what differs from the source's row, such as
    `network_mode` and `memory_mb`.
    """
    # Locked, since it may become ready just now: then either we see that, or they that there is somebody to wake.
    is_ready = Snapshot.objects.select_for_update().get(pk=snapshot.pk).is_ready
    taken_over = {**snapshot.columns, **{name: value for name, value in columns.items() if value is not None}}
    clones = [
        Workspace(
            public_id=spare_take(taken_over["network_mode"]) or new_public_id(),
            owner=owner,
            kind_id=snapshot.kind_id,
            name=name,
            group=group,
            state=State.CREATING,
            snapshot=snapshot,
            is_seat=is_seat,
            keep_awake_until=keep_awake_until,
            expires_at=expires_at,
            password_encrypted=password_encrypt(password) if password else "",
            **taken_over,
        )
        for name in names
    ]
    Workspace.objects.bulk_create(clones)
    operations = [
        Operation(
            workspace=clone,
            workspace_public_id=clone.public_id,
            workspace_name=clone.name,
            actor=actor.user,
            verb=Verb.CLONE,
            batch=batch,
            next_try_at=timezone.now() + (timedelta(0) if is_ready else WAITS),
        )
        for clone in clones
    ]
    Operation.objects.bulk_create(operations)
    for clone, operation in zip(clones, operations, strict=True):
        if is_ready:  # else whoever takes it wakes them all
            operation_send(operation)
        workspace_audit(actor, "workspace.clone", clone, of=snapshot.source_name, name=clone.name)
        live.workspace_changed(clone)
    return clones


def names_next(owner: User, base: str, count: int) -> list[str]:
    """`base 1`, `base 2` …: the first `count` that no workspace of the owner has. Call under the owner's lock."""
    taken = names_taken(owner)
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        name = f"{base[: NAME_MOST - len(str(number)) - 1]} {number}"
        if name.lower() not in taken:
            names.append(name)
    return names
