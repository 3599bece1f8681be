"""Changing files. Each change is an audit event and a use of the workspace, and wakes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid
from workspaces.engine import get_engine
from workspaces.files.access import at_work, changeable
from workspaces.files.beside import ask
from workspaces.files.inside import sync
from workspaces.files.paths import path_clean, shown
from workspaces.files.reading import MOST_PATHS
from workspaces.files.shapes import Written
from workspaces.files.upload import note, size_check, upload_open
from workspaces.models import Workspace


def file_write(
    actor: Actor,
    workspace: Workspace,
    path: str,
    chunks: Iterable[bytes],
    *,
    size: int | None = None,
    overwrite: bool = True,
    version: str = "",
) -> Written:
    """The file holds `chunks`; until they all came it is as it was. Arguments and errors as `upload_open`."""
    upload = upload_open(actor, workspace, path, size=size, overwrite=overwrite, version=version)
    try:
        for chunk in chunks:
            upload.send(chunk)
        return upload.finish()
    finally:
        upload.close()


def files_sync(actor: Actor, workspace: Workspace, files: Mapping[str, bytes], *, clean: bool = False) -> None:
    """These files (path → content) are there; with `clean` nothing else is. Folders are made. Raises as `upload_open`.

    Paths and sizes are looked at before anything changes.
    """
    cleaned = {path_clean(path): content for path, content in files.items()}
    for content in cleaned.values():
        size_check(len(content))
    workspace = changeable(actor, workspace)
    with at_work(actor, workspace):
        sync(get_engine(), workspace, cleaned, clean=clean)
    note(actor, workspace, "file.sync", count=len(cleaned), clean=clean)


def folder_make(actor: Actor, workspace: Workspace, path: str) -> None:
    """The folder is there, and those above it. Raises `Conflict` (FILE_EXISTS), and as `upload_open`."""
    path, workspace = path_clean(path), changeable(actor, workspace)
    with at_work(actor, workspace):
        run, _answer = ask(get_engine(), workspace, "mkdir", path=path)
        run.close()
    note(actor, workspace, "folder.make", path=shown(path))


def entry_rename(actor: Actor, workspace: Workspace, path: str, to: str, *, overwrite: bool = False) -> None:
    """What was at `path` is at `to`, in a folder that exists; a link itself and not what it leads to.

    Raises `Conflict` (FILE_EXISTS) unless `overwrite`, and as `upload_open`.
    """
    path, to, workspace = path_clean(path), path_clean(to), changeable(actor, workspace)
    with at_work(actor, workspace):
        run, _answer = ask(get_engine(), workspace, "rename", path=path, to=to, overwrite=overwrite)
        run.close()
    note(actor, workspace, "file.rename", path=shown(path), to=shown(to))


def entries_delete(actor: Actor, workspace: Workspace, paths: Sequence[str], *, recursive: bool = True) -> None:
    """None of these is there any more; of links, the links. What comes before one that is refused is gone.

    Raises `NotFound` for one that was not there, `Conflict` (FOLDER_NOT_EMPTY) without `recursive`.
    """
    if not paths or len(paths) > MOST_PATHS:
        raise Invalid(_("Choose between one and %(most)d entries.") % {"most": MOST_PATHS}, code="PATH_INVALID")
    cleaned, workspace = [path_clean(path) for path in paths], changeable(actor, workspace)
    for path in cleaned:
        with at_work(actor, workspace):
            run, _answer = ask(get_engine(), workspace, "delete", paths=[path], recursive=recursive)
            run.close()
        note(actor, workspace, "file.delete", path=shown(path))
