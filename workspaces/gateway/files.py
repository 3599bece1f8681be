"""/_spaces/files: files in and out of a workspace on its own page, for who may work in it; to all others there is no
such address. It wakes nothing, whatever state the workspace is in, and is a use of it only where something is changed.

The page's origin is the app's too, whose code can ask for the same in its visitor's name: for files that it has anyway.
Errors are JSON with a stable `code` as the APIs' are; their `message` is in the visitor's language.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl

from channels.db import database_sync_to_async
from django.utils.http import content_disposition_header

from accounts.actors import Actor
from accounts.models import User
from accounts.statuses import status_of
from spaces_site.errors import Conflict, SpacesError
from workspaces.files import Download, Entry, Upload, archive_open, entries_list, file_open, upload_open
from workspaces.files.body import BodyGone
from workspaces.files.paths import path_clean, quoted, shown
from workspaces.gateway.answers import nothing_here, send_bytes, send_error, send_json
from workspaces.gateway.authorise import visit_authorise
from workspaces.gateway.forms import field_of
from workspaces.gateway.grant import Grant
from workspaces.gateway.http import Leaving
from workspaces.gateway.sent import Sent
from workspaces.gateway.visit import Receive, Send, Visit
from workspaces.models import Workspace

P = ParamSpec("P")
R = TypeVar("R")

_HEADERS = [
    (b"content-security-policy", b"sandbox; default-src 'none'"),  # however it is opened, it is no page of this origin
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
_threads = ThreadPoolExecutor(max_workers=24, thread_name_prefix="gateway-files")
"""Of its own: these wait for the engine, which those of the gateway must not. More than one person has places."""
log = logging.getLogger(__name__)


async def files_list(visit: Visit, receive: Receive, send: Send) -> None:
    """What is in the folder `path`: files and folders, by name, links as what they lead to."""
    try:
        listed = await _in_thread(_as_visitor, _listed, await _grant(visit), visit, path_asked(visit.query))
    except SpacesError as error:
        await _refuse(visit, error, send)
        return
    await send_bytes(send, 200, listed, "application/json")


async def files_download(visit: Visit, receive: Receive, send: Send) -> None:
    """One file, or a folder as a zip, to be kept and not to be shown."""
    try:
        download = await _in_thread(_as_visitor, _download_open, await _grant(visit), visit, path_asked(visit.query))
    except SpacesError as error:
        await _refuse(visit, error, send)
        return
    try:
        with Leaving(receive, has_body=False):
            await _send_download(download, send)
    except SpacesError as error:  # the server cuts the connection, and the browser says that it is not whole
        log.warning("A download from %s broke off: %s", visit.target.host_label, error.message)
    finally:
        await _in_thread(download.close)


async def files_upload(visit: Visit, receive: Receive, send: Send) -> None:
    """The body is the file `path` from now on, which may be there before with `replace=1` only.

    With `check`, a size in bytes, it is only said whether such a file could be sent: 204.
    """
    sent, check = Sent(receive), field_of(visit.query, "check")
    try:
        path, replace = path_asked(visit.query), field_of(visit.query, "replace") == "1"
        size = _number(check or visit.get("content-length"))
        going = await _in_thread(_as_visitor, _upload_open, await _grant(visit), visit, path, size, replace)
        try:
            written = None if check else await _take(sent, going)
        finally:
            await _in_thread(going.close)
    except BodyGone:
        return
    except SpacesError as error:
        await sent.drain()
        await _refuse(visit, error, send)
        return
    if written is None:
        await send_bytes(send, 204, b"", "text/plain")
    else:
        await send_json(send, 201, {"path": shown(path_clean(path)), **written})


async def _grant(visit: Visit) -> Grant:
    grant = await visit_authorise(visit)
    if grant.user_id is None or not grant.is_editor:
        raise nothing_here()
    return grant


def _as_visitor(service: Callable[..., R], grant: Grant, visit: Visit, *arguments: Any) -> R:
    """What the service answers to whoever visits. It asks by itself whether they may."""
    user = User.objects.filter(pk=grant.user_id or 0).first()
    workspace = Workspace.objects.filter(pk=grant.workspace_id).first()
    if user is None or workspace is None:
        raise nothing_here()
    return service(Actor(user, "gateway", visit.address), workspace, *arguments)


def _listed(actor: Actor, workspace: Workspace, path: str) -> bytes:
    """Written out here, and not in the event loop: it may be thousands of entries."""
    listing = entries_list(actor, workspace, path)
    entries = [_entry_out(entry, kind) for entry in listing.entries if (kind := _type_of(entry))]
    return json.dumps({"path": shown(listing.path), "entries": entries, "cut": listing.cut}).encode()


def _download_open(actor: Actor, workspace: Workspace, path: str) -> Download:
    if not path_clean(path):
        return archive_open(actor, workspace, [path])
    try:
        return file_open(actor, workspace, path)
    except Conflict as error:
        if error.code != "IS_A_FOLDER":
            raise
        return archive_open(actor, workspace, [path])


async def _send_download(download: Download, send: Send) -> None:
    headers = [(b"content-type", b"application/octet-stream"), *_HEADERS]
    if named := content_disposition_header(True, shown(download.name)):
        headers.append((b"content-disposition", named.encode()))
    if download.size is not None:
        headers.append((b"content-length", str(download.size).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for piece in download:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _upload_open(actor: Actor, workspace: Workspace, path: str, size: int | None, replace: bool) -> Upload:
    return upload_open(actor, workspace, path, size=size, overwrite=replace)


async def _take(sent: Sent, going: Upload) -> dict[str, Any]:
    async for piece in sent.pieces():
        await going.asend(piece)
    written = await _in_thread(going.finish)
    return {"size": written.size, "version": written.version}


async def _refuse(visit: Visit, error: SpacesError, send: Send) -> None:
    """A page for who followed a link; what is not there at all for this visitor is refused as everywhere."""
    if visit.wants_page or error.code == nothing_here().code:
        await send_error(send, visit, error)
        return
    wait = [(b"retry-after", str(error.retry_after).encode())] if error.retry_after else []
    await send_json(send, status_of(error), {"code": error.code, "message": str(error.message)}, wait)


def _type_of(entry: Entry) -> str:
    """ "file" or "dir"; "" for what is neither, nor leads to either."""
    kind = "dir" if entry.is_folder else entry.to or entry.type
    return kind if kind in ("file", "dir") else ""


def _entry_out(entry: Entry, kind: str) -> dict[str, Any]:
    """`query`: the part of an address that names it, also where its name is no UTF-8 and so not what it seems."""
    changed = datetime.fromtimestamp(min(max(entry.mtime_ms / 1000, 0), 2**33), UTC)
    return {
        "name": shown(entry.name),
        "path": shown(entry.path).lstrip("/"),
        "type": kind,
        "size": entry.size,
        "modified": changed.isoformat(timespec="milliseconds"),
        "query": f"path={quoted(entry.path.lstrip('/'))}",
    }


def path_asked(query: str) -> str:
    """`path` of an address byte by byte, since a name need not be UTF-8; "" when it has none."""
    pairs = parse_qsl(query[:16384], keep_blank_values=True, errors="surrogateescape")
    return next((value for name, value in pairs if name == "path"), "")


def _number(text: str) -> int | None:
    return int(text[:19]) if text.isascii() and text.isdecimal() else None


async def _in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await database_sync_to_async(function, thread_sensitive=False, executor=_threads)(*args, **kwargs)
