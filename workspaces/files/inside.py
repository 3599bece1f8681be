"""The same for the platform itself, which asks for nobody: no permission, no audit event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from spaces_site.errors import NotFound, SpacesError
from workspaces.engine import get_engine
from workspaces.engine.base import Engine
from workspaces.files.access import errors
from workspaces.files.beside import WorkspaceGone, again, ask
from workspaces.files.shapes import DiskUsage, Tail
from workspaces.models import Workspace
from workspaces.problems import Failed, Superseded

SIZE_SECONDS = 2.0


def disk_usage(workspace: Workspace, *, seconds: float = SIZE_SECONDS) -> DiskUsage:
    """Room and size; what could not be counted within `seconds` is left out. Raises `Unavailable`, `NotFound`."""
    with errors():
        run, answer = ask(get_engine(), workspace, "usage", seconds=seconds)
        run.close()
    return DiskUsage(answer["total"], answer["used"], answer["available"], answer["size"], answer["complete"])


def file_tail(workspace: Workspace, path: str, offset: int = 0, max_bytes: int = 64 * 1024) -> Tail | None:
    """The last `max_bytes` of what a file has after byte `offset`; None when there is no such file.

    One that is shorter than `offset` was begun anew and counts from its start. Raises `Unavailable`, and what is wrong
    with the path.
    """
    try:
        with errors():
            run, answer = ask(get_engine(), workspace, "read", path=path, offset=offset, most=max_bytes, last=True)
            try:
                content = run.exactly(answer["length"])
            finally:
                run.close()
    except NotFound as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        return None
    return Tail(content, answer["start"], answer["size"])


def files_put(engine: Engine, workspace: Workspace, files: Mapping[str, bytes]) -> None:
    """These files (path → content) are in it, for a step of an operation. It need not run; its volume must be there.

    Raises `Failed` for what cannot be written, `Superseded` when the workspace is being deleted, and what the engine
    raises (`ImageMissing` of the helper among others).
    """
    try:
        sync(engine, workspace, files, clean=False)
    except WorkspaceGone:
        raise Superseded from None
    except SpacesError as error:
        raise Failed(error.code, str(error.message)) from error


def sync(engine: Engine, workspace: Workspace, files: Mapping[str, bytes], *, clean: bool) -> dict[str, Any]:
    """Send them all to the program; what it answers. Raises what `ask` does."""
    run, _ready = ask(engine, workspace, "sync", clean=clean)
    try:
        for path, content in files.items():
            run.send(json.dumps({"path": path}).encode())
            run.send(content)
            run.send_end()
        run.send_end()
        return again(run)
    finally:
        run.close()
