"""Looking into folders and files. Writes no audit event, counts as no activity, and wakes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid
from workspaces.engine import get_engine
from workspaces.files.access import at_work, errors, place_take, reachable
from workspaces.files.beside import ask
from workspaces.files.paths import path_clean
from workspaces.files.shapes import Download, Entry, FileContent, Listing
from workspaces.models import Workspace
from workspaces.services.waiting import connection_give_back

READ_BYTES = 256 * 1024
MOST_READ_BYTES = 64 * 1024**2
MOST_PATHS = 1000
ArchiveFormat = Literal["tar", "zip"]


def entries_list(actor: Actor, workspace: Workspace, path: str = "") -> Listing:
    """The entries of a folder, by name; the first 10,000 of them.

    Raises `NotFound`, `Invalid` (PATH_INVALID, PATH_OUTSIDE), `Conflict` (NOT_A_FOLDER, WORKSPACE_STATE), `Forbidden`
    (FILE_DENIED), `TooMany`, `Unavailable`; so do all services here, each for what can be wrong with it.
    """
    path, workspace = path_clean(path), reachable(actor, workspace)
    with at_work(actor, workspace):
        run, answer = ask(get_engine(), workspace, "list", path=path)
        run.close()
    return Listing(answer["path"], [_entry(words) for words in answer["entries"]], answer["cut"])


def file_read(actor: Actor, workspace: Workspace, path: str, *, max_bytes: int = READ_BYTES) -> FileContent:
    """The first `max_bytes` of a file (64 MiB at most). Raises also `Conflict` (IS_A_FOLDER, NOT_A_FILE)."""
    path, workspace = path_clean(path), reachable(actor, workspace)
    most = max(0, min(max_bytes, MOST_READ_BYTES))
    with at_work(actor, workspace):
        run, answer = ask(get_engine(), workspace, "read", path=path, most=most)
        try:
            content = run.exactly(answer["length"])
        finally:
            run.close()
    size = answer["size"]
    return FileContent(answer["path"], content, size > len(content), size, answer["mtimeMs"], answer["version"])


def file_open(actor: Actor, workspace: Workspace, path: str) -> Download:
    """A whole file, to be read piece by piece. Raises as `file_read`."""
    return _download(actor, workspace, "read", {"path": path_clean(path)})


def archive_open(
    actor: Actor, workspace: Workspace, paths: Sequence[str], archive_format: ArchiveFormat = "zip"
) -> Download:
    """Folders and files as one archive, made while it is read, so that its size is unknown.

    Links are in it as links; what is neither file nor folder, or may not be read, is named in a text at its end.
    """
    if not paths or len(paths) > MOST_PATHS:
        raise Invalid(_("Choose between one and %(most)d entries.") % {"most": MOST_PATHS}, code="PATH_INVALID")
    if archive_format not in ("tar", "zip"):
        raise Invalid(_("An archive is a tar or a zip."), code="FORMAT_INVALID")
    question = {"paths": [path_clean(path) for path in paths], "format": archive_format}
    return _download(actor, workspace, "archive", question, f".{archive_format}")


def _download(
    actor: Actor, workspace: Workspace, operation: str, question: dict[str, Any], suffix: str = ""
) -> Download:
    workspace = reachable(actor, workspace)
    release = place_take(actor, workspace, "long")
    try:
        connection_give_back()
        with errors():
            run, answer = ask(get_engine(), workspace, operation, **question)
    except BaseException:
        release()
        raise
    name = answer.get("name") or answer["path"].rpartition("/")[2]
    return Download(run, answer, name + suffix, release)


def _entry(words: dict[str, Any]) -> Entry:
    return Entry(
        name=words["name"],
        path=words["path"],
        type=words["type"],
        size=words["size"],
        mtime_ms=words["mtimeMs"],
        version=words["version"],
        to=words.get("to", ""),
    )
