"""The page of a folder in a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.request import PageRequest
from spaces_site.errors import Conflict
from workspaces.files import Entry, Listing, entries_list
from workspaces.files.paths import path_clean, quoted, shown
from workspaces.models import Workspace
from workspaces.views.files_path import below, files_url, name_of, path_asked
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown as shown_workspace

PER_PAGE = 200
_ICONS = {"file": "file", "dir": "folder", "symlink": "link", "other": "info"}


@dataclass(frozen=True, slots=True)
class Crumb:
    """One folder on the way to where the reader is."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the page shows it. `key`: its path for forms. `address`: what a click on its name opens, "" for
    nothing; `query`: the part of an address that names it."""

    entry: Entry
    name: str
    key: str
    query: str
    icon: str
    address: str
    changed: datetime


@require_safe
@never_cache
def folder(request: PageRequest, public_id: str) -> HttpResponse:
    """What is in the folder `path`: folders first, hidden entries with `hidden=1` only, in pages."""
    found, path = workspace_found(request, public_id), path_clean(path_asked(request))
    context = frame(request, found, path)
    try:
        listing = entries_list(request.actor, found, path)
    except Conflict as error:
        if error.code != "WORKSPACE_STATE":
            raise
        return render(request, "workspaces/files.html", context | {"waits": error.message}, status=200)
    return render(request, "workspaces/files.html", context | _listed(request, public_id, listing))


def frame(request: PageRequest, found: Workspace, path: str) -> dict[str, Any]:
    """What all pages of files show around their own part."""
    names = path.split("/") if path else []
    trail = ["/".join(names[: count + 1]) for count in range(len(names))]
    hidden = bool(request.GET.get("hidden"))
    return {
        "workspace": found,
        "shown": shown_workspace(found),
        "is_mine": request.actor.user == found.owner,
        "path": shown(path),
        "path_query": f"path={quoted(path)}",
        "name": shown(name_of(path)),
        "crumbs": [Crumb(shown(name_of(at)), files_url(found.public_id, at, hidden=hidden)) for at in ["", *trail]],
        "hidden": hidden,
        "here": files_url(found.public_id, path, hidden=hidden),
        "most_mb": settings.FILE_SIZE_LIMIT_MB,
    }


def _listed(request: PageRequest, public_id: str, listing: Listing) -> dict[str, Any]:
    hidden = bool(request.GET.get("hidden"))
    seen = [entry for entry in listing.entries if hidden or not entry.name.startswith(".")]
    seen.sort(key=lambda entry: (not entry.is_folder, entry.name.casefold(), entry.name))
    page = Paginator(seen, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "page": page,
        "rows": [_row(public_id, listing.path, entry, hidden=hidden) for entry in page],
        "hidden_count": sum(entry.name.startswith(".") for entry in listing.entries),
        "toggle": files_url(public_id, listing.path, hidden=not hidden),
        "cut": listing.cut,
    }


def _row(public_id: str, where: str, entry: Entry, *, hidden: bool) -> Row:
    path = below(where, entry.name)
    if entry.is_folder:
        address = files_url(public_id, path, hidden=hidden)
    elif "file" in (entry.type, entry.to):
        address = files_url(public_id, path, "files-text")
    else:
        address = ""
    changed = datetime.fromtimestamp(min(max(entry.mtime_ms / 1000, 0), 2**33), UTC)
    return Row(entry, shown(entry.name), quoted(path), f"path={quoted(path)}", _ICONS[entry.type], address, changed)
