"""Forms that change files: a new folder or file, another name, deletion, and the text of a small file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workspaces.files import entries_delete, entry_rename, file_read, file_write, folder_make
from workspaces.files.paths import name_check, path_clean, quoted, shown
from workspaces.files.reading import READ_BYTES
from workspaces.models import Workspace
from workspaces.selectors import workspace_usable
from workspaces.views.files import frame
from workspaces.views.files_path import below, entries_asked, files_url, name_of, parent_of, path_asked
from workspaces.views.found import workspace_found


@require_POST
def new(request: PageRequest, public_id: str) -> HttpResponse:
    """A new folder, or a new empty file and on to its text; back with the reason where that cannot be."""
    found, path, form = workspace_found(request, public_id), path_asked(request), Typed(request)
    with form:
        made = below(path, name_check(form.get("name").strip()))
        if form.get("what") == "folder":
            folder_make(request.actor, found, made)
            return redirect(files_url(public_id, made))
        file_write(request.actor, found, made, [], overwrite=False)
        return redirect(files_url(public_id, made, "files-text"))
    messages.error(request, form.message or " ".join(form.errors.values()))
    return redirect(files_url(public_id, path))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rename(request: PageRequest, public_id: str) -> HttpResponse:
    """Give an entry another name, or another place: a path below /workspace."""
    found, path, form = workspace_found(request, public_id), path_clean(path_asked(request)), Typed(request)
    workspace_usable(request.actor, public_id)
    if request.method == "POST":
        with form:
            to = form.get("to").strip()
            if not path_clean(to):
                raise Invalid(_("Say what it shall be called."), details={"to": _("Say what it shall be called.")})
            # What nobody typed need not survive the way through the browser: names that are no UTF-8 stay as they are.
            to = below(parent_of(path), to) if "/" not in to else to.lstrip("/")
            entry_rename(request.actor, found, path, to)
            messages.success(request, _("“%(name)s” is “%(to)s” now.") % {"name": shown(path), "to": shown(to)})
            return redirect(files_url(public_id, parent_of(to)))
    context = frame(request, found, parent_of(path)) | _entry(path) | {"form": form}
    return render(request, "workspaces/files_rename.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: PageRequest, public_id: str) -> HttpResponse:
    """Say what will be lost; delete when that is confirmed."""
    found, paths, form = workspace_found(request, public_id), entries_asked(request), Typed(request)
    workspace_usable(request.actor, public_id)
    if not paths:
        messages.error(request, _("Choose what is to be deleted first."))
        return redirect(files_url(public_id, path_asked(request)))
    folder = parent_of(paths[0])
    if form.get("sure"):
        with form:
            entries_delete(request.actor, found, paths)
            text = ngettext("%(n)d entry is deleted.", "%(n)d entries are deleted.", len(paths)) % {"n": len(paths)}
            messages.success(request, text)
            return redirect(files_url(public_id, folder))
    context = frame(request, found, folder) | {"form": form, "doomed": [_entry(path) for path in paths]}
    return render(request, "workspaces/files_delete.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def text(request: PageRequest, public_id: str) -> HttpResponse:
    """A small file's text, to be read and changed; what is none can be taken away."""
    found, path, form = workspace_found(request, public_id), path_clean(path_asked(request)), Typed(request)
    if request.method == "POST":
        with form:
            typed = form.get("text").replace("\r\n", "\n")  # browsers send lines so, whatever they were
            content = typed.replace("\n", "\r\n") if form.get("lines") == "crlf" else typed
            file_write(request.actor, found, path, [content.encode()], version=form.get("version"))
            messages.success(request, _("“%(name)s” is saved.") % {"name": shown(path)})
            return redirect(files_url(public_id, path, "files-text"))
        return _text(request, found, path, form, {"text": form.get("text"), **_kept(form)})
    return _text(request, found, path, form, _read(request, found, path))


def _kept(form: Typed) -> dict[str, Any]:
    return {"text_version": form.get("version"), "lines": form.get("lines"), "is_text": True}


def _read(request: PageRequest, found: Workspace, path: str) -> dict[str, Any]:
    seen = file_read(request.actor, found, path, max_bytes=READ_BYTES)
    try:
        content = seen.content.decode() if not seen.truncated and b"\0" not in seen.content else None
    except UnicodeDecodeError:
        content = None
    return {
        "text": content,
        "is_text": content is not None,
        "size": seen.size,
        "is_large": seen.truncated,
        "most": READ_BYTES,
        "text_version": seen.version,
        **_lines(content or ""),
    }


def _lines(content: str) -> dict[str, Any]:
    """How its lines end. Where that is now so and now so, a form would give it back otherwise, so it is only shown."""
    pairs, returns, feeds = (content.count(mark) for mark in ("\r\n", "\r", "\n"))
    return {"lines": "crlf" if pairs else "", "is_fixed": returns != pairs or (pairs and feeds != pairs)}


def _text(request: PageRequest, found: Workspace, path: str, form: Typed, more: dict[str, Any]) -> HttpResponse:
    context = frame(request, found, parent_of(path)) | _entry(path) | {"form": form} | more
    context["is_changed"] = form.status == 409
    return render(request, "workspaces/files_text.html", context, status=form.status)


def _entry(path: str) -> dict[str, Any]:
    """One entry for a page about it."""
    return {
        "name": shown(name_of(path)),
        "shown_path": shown(path),
        "key": quoted(path),
        "query": f"path={quoted(path)}",
    }
