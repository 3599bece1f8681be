"""Making a workspace."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from accounts.models import User
from spaces_site.errors import Invalid
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine_state import engine_require
from workspaces.limits import check_gpu, check_may_have_another, check_may_run_another, check_resources, owner_lock
from workspaces.models import KeptFiles, Kind, Operation, Setup, Workspace
from workspaces.models.workspace import new_public_id
from workspaces.passwords import password_encrypt
from workspaces.sealing import seal
from workspaces.sending import operation_send
from workspaces.services.details import password_check
from workspaces.services.environment import environment_check
from workspaces.services.groups import group_clean, group_ensure
from workspaces.services.names import name_check_free, name_clean, name_collides, name_next
from workspaces.services.repository import Repository, repository_check
from workspaces.spares import spare_take
from workspaces.starters import starter_files, starter_for
from workspaces.states import State, Verb
from workspaces.templating import Preset, preset_get

T = TypeVar("T")
CLONE_TOKEN = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable, as clients of one API know it


def workspace_create(
    actor: Actor,
    *,
    kind: str = "",
    name: str = "",
    password: str = "",
    memory_mb: int | None = None,
    cpus: float | None = None,
    gpu: bool | None = None,
    template: str = "",
    starter: str = "",
    group: str = "",
    environment: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    repository: Repository | None = None,
    discard: bool = False,
) -> Workspace:
    """A workspace of the actor's exists as a row and is being created. Without a name it gets the next free one.

    What is not given comes from the template, what that leaves open from the kind; one of the two must be named. The
    starter's files, `files` (path below /workspace → content) and the repository are in it before it starts; where that
    fails, `discard` has the workspace deleted again. A name under which the actor's files were kept gets these files
    back, and no starter's over them. `group`: one of the actor's by name, made when there is none.

    Raises `Invalid` (KIND_UNKNOWN, NAME_INVALID, PASSWORD_INVALID, sizes, ENVIRONMENT_INVALID, REPO_*, GPU_MISSING,
    STARTER_UNKNOWN, STARTER_NOT_FOR_KIND, GROUP_INVALID),
    `NotFound` (TEMPLATE_NOT_FOUND), `Conflict` (NAME_TAKEN), `Forbidden` (limits, GUEST) and `Unavailable` when the
    engine is away; then there is no row.
    """
    user = full_member(actor)
    preset = preset_get(template) if template else Preset(name="")
    chosen = _kind(kind or preset.kind or "")
    memory_mb = _given(memory_mb, preset.memory_mb, chosen.memory_mb)
    cpus = _given(cpus, preset.cpus, chosen.cpus)
    gpu = _given(gpu, preset.gpu, False)
    check_resources(user, memory_mb, cpus)
    name = name_clean(name) if name.strip() else ""
    if password:
        password_check(password)
    variables = environment_check(dict(environment or {}))
    group = group_clean(group)
    started = starter_for(starter, chosen) if starter else None
    if started is not None and started.slug == "git-clone" and repository is None:
        raise Invalid(_("Which repository?"), code="REPO_URL_INVALID", details={"repository": _("Which repository?")})
    if repository is not None:
        repository = _repository(repository, preset, variables)
    engine_require()
    check_gpu(gpu)

    with name_collides(), transaction.atomic():
        owner = owner_lock(user.pk)
        check_may_have_another(owner)
        check_may_run_another(owner)
        if name:
            name_check_free(owner, name)
        name = name or name_next(owner, chosen.title)
        kept_id = _kept_id(owner, name)
        workspace = Workspace.objects.create(
            public_id=kept_id or spare_take(preset.network_mode) or new_public_id(),
            owner=owner,
            kind=chosen,
            name=name,
            group=group_ensure(owner, group),
            starter=started.slug if started else "",
            git_url=repository.url if repository else "",
            state=State.CREATING,
            memory_mb=memory_mb,
            cpus=cpus,
            pids=settings.PIDS_PER_WORKSPACE,
            gpu=gpu,
            network_mode=preset.network_mode,
            blocked_ranges=list(preset.blocked_ranges),
            read_only_root=preset.read_only_root,
            desktop_menu=preset.desktop_menu,
            template=preset.name,
            idle_pause_minutes=preset.idle_pause_minutes,
            idle_stop_minutes=preset.idle_stop_minutes,
            environment_sealed=seal(json.dumps(variables)) if variables else "",
            password_encrypted=password_encrypt(password) if password else "",
        )
        begins_with = starter_files(started.slug) if started and not kept_id else {}
        _set_up_later(workspace, begins_with | dict(files or {}), repository, discard)
        operation = Operation.objects.create(
            workspace=workspace,
            workspace_public_id=workspace.public_id,
            workspace_name=workspace.name,
            actor=actor.user,
            verb=Verb.CREATE,
        )
        _write_down(actor, workspace, repository)
        operation_send(operation)
        live.workspace_changed(workspace)
    return workspace


def _given(choice: T | None, of_template: T | None, otherwise: T) -> T:
    """The first that is given."""
    if choice is not None:
        return choice
    return otherwise if of_template is None else of_template


def _repository(repository: Repository, preset: Preset, variables: dict[str, str]) -> Repository:
    """The repository as it will be cloned. A token for it among the variables is taken out: it shall leave no trace."""
    is_https = repository.url.strip().startswith("https://")  # a token is of no use to ssh
    token = repository.token or (variables.pop(CLONE_TOKEN, "") if is_https else "")
    destination = repository.destination or preset.repo_destination
    return repository_check(replace(repository, destination=destination, token=token), preset.network_mode)


def _set_up_later(
    workspace: Workspace, files: Mapping[str, bytes], repository: Repository | None, discard: bool
) -> None:
    if not files and repository is None:
        return
    contents = {path: base64.b64encode(content).decode() for path, content in files.items()}
    Setup.objects.create(
        workspace=workspace,
        files_sealed=seal(json.dumps(contents)) if contents else "",
        repo_url=repository.url if repository else "",
        repo_branch=repository.branch if repository else "",
        repo_destination=repository.destination if repository else "",
        token_sealed=seal(repository.secret) if repository else "",
        discard=discard,
    )


def _kept_id(owner: User, name: str) -> str:
    """The id under which files of that name were kept, which is taken over with them; "" for none."""
    kept = KeptFiles.objects.filter(owner=owner, name__iexact=name, removing=False).first()
    if kept is None or not KeptFiles.objects.filter(pk=kept.pk, removing=False).delete()[0]:
        return ""
    return kept.public_id


def _write_down(actor: Actor, workspace: Workspace, repository: Repository | None) -> None:
    workspace_audit(
        actor,
        "workspace.create",
        workspace,
        kind=workspace.kind.slug,
        name=workspace.name,
        memory_mb=workspace.memory_mb,
        cpus=workspace.cpus,
        gpu=workspace.gpu,
        template=workspace.template,
        starter=workspace.starter,
        repository=repository.url if repository else "",
    )


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
