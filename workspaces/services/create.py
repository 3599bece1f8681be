"""Making a workspace."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.audit import audit
from spaces_site.errors import Invalid
from workspaces import live
from workspaces.engine_state import engine_require
from workspaces.limits import check_may_have_another, check_may_run_another, check_resources, owner_lock
from workspaces.models import Kind, Operation, Workspace
from workspaces.passwords import password_encrypt
from workspaces.sending import operation_send
from workspaces.services.details import password_check
from workspaces.services.names import name_check_free, name_clean, name_collides, name_next
from workspaces.states import State, Verb


def workspace_create(
    actor: Actor,
    *,
    kind: str,
    name: str = "",
    password: str = "",
    memory_mb: int | None = None,
    cpus: float | None = None,
) -> Workspace:
    """A workspace of the actor's exists as a row and is being created. Without a name it gets the next free one.

    Raises `Invalid` (KIND_UNKNOWN, NAME_INVALID, PASSWORD_INVALID, sizes), `Conflict` (NAME_TAKEN), `Forbidden`
    (limits) and `Unavailable` when the engine is away; then there is no row.
    """
    user = signed_in(actor)
    chosen = _kind(kind)
    memory_mb = chosen.memory_mb if memory_mb is None else memory_mb
    cpus = chosen.cpus if cpus is None else cpus
    check_resources(memory_mb, cpus)
    name = name_clean(name) if name.strip() else ""
    if password:
        password_check(password)
    engine_require()

    with name_collides(), transaction.atomic():
        owner = owner_lock(user.pk)
        check_may_have_another(owner)
        check_may_run_another(owner)
        if name:
            name_check_free(owner, name)
        workspace = Workspace.objects.create(
            owner=owner,
            kind=chosen,
            name=name or name_next(owner, chosen.title),
            state=State.CREATING,
            memory_mb=memory_mb,
            cpus=cpus,
            pids=settings.PIDS_PER_WORKSPACE,
            password_encrypted=password_encrypt(password) if password else "",
        )
        operation = Operation.objects.create(
            workspace=workspace,
            workspace_public_id=workspace.public_id,
            workspace_name=workspace.name,
            actor=actor.user,
            verb=Verb.CREATE,
        )
        audit(
            actor,
            "workspace.create",
            workspace=workspace.public_id,
            kind=chosen.slug,
            name=workspace.name,
            memory_mb=memory_mb,
            cpus=cpus,
        )
        operation_send(operation)
        live.workspace_changed(workspace)
    return workspace


def _kind(slug: str) -> Kind:
    kind = Kind.objects.filter(slug=slug.replace("\0", ""), enabled=True).first()  # PostgreSQL breaks at a NUL
    if kind is None:
        offered = list(Kind.objects.filter(enabled=True).values_list("slug", flat=True))
        raise Invalid(
            _("There is no kind of workspace called “%(kind)s”.") % {"kind": slug[:40]},
            code="KIND_UNKNOWN",
            details={"kind": _("Choose one of: %(kinds)s.") % {"kinds": ", ".join(offered)}, "offered": offered},
        )
    return kind
