"""Pushing, taking back and trying again: rows are written and workers woken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from spaces_site.errors import Conflict, Invalid, SpacesError
from workshop.live import workshop_changed
from workshop.models import Push, PushResult, Seat, Workshop
from workshop.pushing import push_send
from workshop.pushing.contents import files_seal
from workshop.pushing.planning import PUT
from workshop.pushing.sending import OPEN
from workshop.selectors import workshop_get
from workshop.services.locking import workshop_lock
from workshop.services.pushing.chosen import ALL, Which, files_placed, folder_clean, invalid, seats_chosen
from workshop.services.pushing.finding import push_get
from workspaces.commands import AUDITED_CHARACTERS, command_argv
from workspaces.engine_state import engine_require
from workspaces.models import Workspace
from workspaces.services import workspace_start
from workspaces.states import State

MOST_OPEN = 5
"""Pushes of one workshop that may be under way at once."""
MOST_KEPT = 50
PATHS_AUDITED = 20


def push_files(
    actor: Actor,
    workshop: Workshop,
    *,
    files: Mapping[str, bytes],
    folder: str = "",
    seats: Which = ALL,
    existing: str = Push.Existing.BESIDE,
) -> Push:
    """These files (path → content) are being put below `folder` of the data at the seats, running or not.

    `existing`: what becomes of a file that the participant has changed. Raises `NotFound` for who does not lead the
    workshop, `Invalid` (PUSH_EMPTY, PUSH_TOO_LARGE, PUSH_TOO_MANY, PATH_INVALID, PUSH_EXISTING, SEATS_NONE,
    SEATS_UNKNOWN), `Conflict` (PUSHES_OPEN), `Unavailable`.
    """
    workshop = workshop_get(actor, workshop.slug)
    if existing not in Push.Existing.values:
        raise invalid("existing", _("Say what is to become of files that were changed."), "PUSH_EXISTING")
    placed = files_placed(files, folder, workshop.data_path)
    engine_require()
    with transaction.atomic():
        push = _push_begin(
            actor,
            workshop,
            seats_chosen(workshop, seats),
            kind=Push.Kind.FILES,
            existing=existing,
            folder=folder_clean(folder, workshop.data_path),
            files_sealed=files_seal(placed),
            file_names=list(placed),
        )
        _note(actor, push, paths=list(placed)[:PATHS_AUDITED], files=len(placed), existing=str(existing))
    return push


def push_command(
    actor: Actor, workshop: Workshop, *, command: str, seats: Which = ALL, start_stopped: bool = False
) -> Push:
    """`command` is being run at the seats, by a login shell as the workspace's user in /workspace, for two minutes at
    most.

    Paused seats are woken for it and sleep again afterwards; stopped ones refuse, unless `start_stopped`. Raises as
    `push_files`, `Invalid` (COMMAND_INVALID).
    """
    workshop = workshop_get(actor, workshop.slug)
    command = command.replace("\r\n", "\n").strip()
    command_argv(command)
    engine_require()
    with transaction.atomic():
        chosen = seats_chosen(workshop, seats)
        push = _push_begin(actor, workshop, chosen, kind=Push.Kind.COMMAND, command=command)
        _note(actor, push, command=command[:AUDITED_CHARACTERS])
        if start_stopped:
            _start(actor, push, [seat.workspace for seat in chosen if seat.workspace is not None])
    return push


def push_undo(actor: Actor, push: Push) -> Push:
    """What `push` put to seats is being taken away again as far as it is still that, and what it replaced is put back.

    Twice is not an error. Raises `NotFound`, `Conflict` (PUSH_OPEN while it is under way, PUSH_NOTHING,
    PUSHES_OPEN), `Invalid`
    (PUSH_NOT_FILES).
    """
    push = push_get(actor, push.workshop.slug, push.pk)
    if push.kind != Push.Kind.FILES:
        raise Invalid(_("Only files can be taken back, not what a command did."), code="PUSH_NOT_FILES")
    engine_require()
    with transaction.atomic():
        workshop_lock(push.workshop_id)
        if before := push.undone_by.first():
            return before
        if push.results.filter(state__in=OPEN).exists():
            raise Conflict(_("It is still under way. Wait for its end."), code="PUSH_OPEN")
        results = push.results.select_related("seat__workspace").defer("output").order_by("seat__number")
        touched = [one.seat for one in results if any(entry["outcome"] in PUT for entry in one.files)]
        if not touched:
            raise Conflict(_("It changed nothing, so there is nothing to take back."), code="PUSH_NOTHING")
        undo = _push_begin(
            actor,
            push.workshop,
            touched,
            kind=Push.Kind.UNDO,
            folder=push.folder,
            file_names=push.file_names,
            undoes=push,
        )
        _note(actor, undo, "workshop.push_undone", files=len(push.file_names))
    return undo


def push_retry(actor: Actor, push: Push) -> int:
    """What failed, in whole or in part, is tried again; at how many seats. None is not an error.

    Raises `NotFound`, `Conflict` (PUSH_FORGOTTEN) when its files are no longer kept.
    """
    push = push_get(actor, push.workshop.slug, push.pk)
    if push.kind == Push.Kind.FILES and not push.files_sealed:
        raise Conflict(_("The files of this push are no longer kept. Push them again."), code="PUSH_FORGOTTEN")
    engine_require()
    with transaction.atomic():
        wrong = push.results.filter(state__in=(PushResult.State.FAILED, PushResult.State.PARTLY))
        count = wrong.update(state=PushResult.State.WAITING, attempts=0, started_at=None, problem="", exit_code=None)
        if count:
            _note(actor, push, seats=count, again=True)
            push_send(push)
            workshop_changed(push.workshop)
    return count


def _push_begin(actor: Actor, workshop: Workshop, seats: Sequence[Seat], **columns: Any) -> Push:
    """The rows, and workers are woken. In the caller's transaction. Raises `Conflict` (PUSHES_OPEN)."""
    workshop_lock(workshop.pk)
    at_work = Push.objects.filter(workshop=workshop, results__state__in=OPEN).distinct().count()
    if at_work >= MOST_OPEN:
        text = _("%(most)d pushes are under way already. Wait for one to end.") % {"most": MOST_OPEN}
        raise Conflict(text, code="PUSHES_OPEN")
    old = Push.objects.filter(workshop=workshop).exclude(results__state__in=OPEN).order_by("-created_at")
    Push.objects.filter(pk__in=list(old.values_list("pk", flat=True)[MOST_KEPT - 1 :])).delete()
    push = Push.objects.create(workshop=workshop, actor=actor.user, **columns)
    PushResult.objects.bulk_create(
        PushResult(
            push=push, seat=seat, workspace_public_id=seat.workspace.public_id if seat.workspace else ""
        )
        for seat in seats
    )
    push_send(push)
    workshop_changed(workshop)
    return push


def _note(actor: Actor, push: Push, action: str = "workshop.push", **meta: Any) -> None:
    about: dict[str, Any] = {"workshop": push.workshop.slug, "seats": push.results.count()} | meta
    audit(actor, action, owner_id=push.workshop.owner_id, **about)


def _start(actor: Actor, push: Push, workspaces: Iterable[Workspace]) -> None:
    """Those that are stopped start. One that cannot says so at its seat."""
    for workspace in workspaces:
        if workspace.state == State.STOPPED:
            try:
                workspace_start(actor, workspace, password=None)
            except SpacesError as error:
                push.results.filter(seat__workspace=workspace).update(
                    state=PushResult.State.FAILED, problem=f"REFUSED: {error.message}", finished_at=timezone.now()
                )
