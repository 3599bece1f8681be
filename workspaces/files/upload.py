"""One file on its way into a workspace, piece by piece: it takes its place when it is whole, and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid
from workspaces.auditing import workspace_audit
from workspaces.engine import get_engine
from workspaces.files.access import changeable, errors, place_take
from workspaces.files.beside import again, ask
from workspaces.files.paths import path_clean, shown
from workspaces.files.run import Run
from workspaces.files.shapes import Written
from workspaces.models import Workspace
from workspaces.services.used import workspace_used
from workspaces.services.waiting import connection_give_back


class Upload:
    """Send the pieces, then `finish`. One that is closed before leaves the file as it was."""

    def __init__(self, actor: Actor, workspace: Workspace, path: str, run: Run, release: Callable[[], None]) -> None:
        self._actor, self._workspace, self._path = actor, workspace, path
        self._run, self._release = run, release
        self._count = 0

    def send(self, data: bytes) -> None:
        """Hand over the next piece. Raises `Invalid` (TOO_LARGE), `Unavailable`."""
        self._counted(data)
        with errors():
            self._run.send(data)

    async def asend(self, data: bytes) -> None:
        """As `send`, without blocking the event loop."""
        self._counted(data)
        with errors():
            await self._run.asend(data)

    def finish(self) -> Written:
        """Afterwards the file is there as sent. Raises `Unavailable` (NO_SPACE), and what `upload_open` does, for what
        changed meanwhile; then the file is as it was."""
        try:
            with errors():
                self._run.send_end()
                answer = again(self._run)
        finally:
            self.close()
        note(self._actor, self._workspace, "file.write", path=shown(self._path), size=answer["size"])
        return Written(answer["size"], answer["mtimeMs"], answer["version"])

    def close(self) -> None:
        """Let go of it. Twice is fine."""
        self._run.close()
        self._release()

    def __del__(self) -> None:
        self.close()  # a visitor who left leaves nobody else to do it

    def _counted(self, data: bytes) -> None:
        self._count += len(data)
        size_check(self._count)


def upload_open(
    actor: Actor,
    workspace: Workspace,
    path: str,
    *,
    size: int | None = None,
    overwrite: bool = True,
    version: str = "",
) -> Upload:
    """A file may be sent to `path`: everything was checked that can be before its content is known.

    Missing folders are made. `size` in bytes, where it is known. Without `overwrite` there may be none of that name
    yet; with `version` it must still be that one. Raises `NotFound`, `Invalid` (PATH_INVALID, PATH_OUTSIDE, TOO_LARGE),
    `Conflict` (FILE_EXISTS, FILE_CHANGED, IS_A_FOLDER, NOT_A_FILE, NOT_A_FOLDER, WORKSPACE_STATE), `Forbidden`
    (FILE_DENIED), `TooMany`, `Unavailable` (NO_SPACE among others).
    """
    path = path_clean(path)
    size_check(size or 0)
    workspace = changeable(actor, workspace)
    release = place_take(actor, workspace, "long")
    question: dict[str, Any] = {"path": path, "size": size, "exclusive": not overwrite, "version": version}
    try:
        connection_give_back()
        with errors():
            run, _ready = ask(get_engine(), workspace, "write", **question)
    except BaseException:
        release()
        raise
    return Upload(actor, workspace, path, run, release)


def size_check(size: int) -> None:
    """Raises `Invalid` (TOO_LARGE) for more bytes than a file may have here."""
    if size > settings.FILE_SIZE_LIMIT_MB * 1024**2:
        text = _("A file may have at most %(most)d MiB.") % {"most": settings.FILE_SIZE_LIMIT_MB}
        raise Invalid(text, code="TOO_LARGE", details={"file": text})


def note(actor: Actor, workspace: Workspace, action: str, **meta: Any) -> None:
    """Write down a change, which is also a use of the workspace."""
    with transaction.atomic():
        workspace_audit(actor, action, workspace, **meta)
        workspace_used(workspace.pk, opened=False)
