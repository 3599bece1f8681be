"""Files on their way out of a workspace and into it, in constant memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.statuses import status_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import SpacesError
from workspaces.files import Download, Upload, archive_open, file_open, file_write, upload_open
from workspaces.files.body import SCOPE_KEY, Body, BodyGone
from workspaces.files.paths import shown
from workspaces.views.files_path import below, entries_asked, files_url, path_asked
from workspaces.views.found import workspace_found

SANDBOX = "sandbox; default-src 'none'"
"""Whatever it is and however it is opened, a file of a workspace is no page of this site."""
AsyncView = Callable[..., Coroutine[Any, Any, HttpResponse]]


@require_safe
@never_cache
def download(request: PageRequest, public_id: str) -> HttpResponseBase:
    """One file, to be kept and not to be shown."""
    found = workspace_found(request, public_id)
    return _streamed(request, file_open(request.actor, found, path_asked(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def archive(request: PageRequest, public_id: str) -> HttpResponseBase:
    """The chosen entries, or the folder of the address, as one zip or tar (`format`)."""
    found = workspace_found(request, public_id)
    kind: Any = request.POST.get("format") or request.GET.get("format") or "zip"
    if request.method == "POST" and not request.POST.getlist("entry"):
        messages.error(request, _("Choose what is to be downloaded first."))
        return redirect(files_url(public_id, path_asked(request)))
    return _streamed(request, archive_open(request.actor, found, entries_asked(request) or [""], kind))


def in_json(view: AsyncView) -> AsyncView:
    """For what only scripts ask for: errors in JSON, for whoever wants it."""

    @wraps(view)
    async def answer(request: Any, **names: Any) -> HttpResponse:
        try:
            return await view(request, **names)
        except SpacesError as error:
            if "application/json" not in request.headers.get("Accept", ""):
                raise
            return JsonResponse({"error": str(error.message), "code": error.code}, status=status_of(error))

    return answer


@require_http_methods(["PUT", "POST"])
@in_json
async def upload(request: PageRequest, public_id: str) -> HttpResponse:
    """PUT: the body is the file `path`, which may exist with `overwrite=1` only. POST: a form with files for the
    folder `path`. With `check`, a size in bytes, it is only said whether such a file could be sent."""
    if request.method == "POST":
        return await sync_to_async(_upload_form)(request, public_id)
    body: Body | None = getattr(request, "scope", {}).get(SCOPE_KEY)
    going = await sync_to_async(_upload_begun)(request, public_id, _size_announced(request, body))
    if "check" in request.GET:
        going.close()
        return HttpResponse(status=204)
    try:
        async for piece in body if body is not None else _whole(request):
            await going.asend(piece)
        written = await sync_to_async(going.finish)()
    except BodyGone:
        return HttpResponse(status=400)  # nobody is there to read it
    finally:
        going.close()
    return JsonResponse({"size": written.size, "version": written.version}, status=201)


def _size_announced(request: PageRequest, body: Body | None) -> int | None:
    check = request.GET.get("check", "")
    return int(check[:19]) if check.isascii() and check.isdecimal() else body.size if body else None


def _upload_begun(request: PageRequest, public_id: str, size: int | None) -> Upload:
    """Who may not, or whose file cannot be there, learns it before anything of it is read."""
    found = workspace_found(request, public_id)
    overwrite = request.GET.get("overwrite") == "1"
    return upload_open(request.actor, found, path_asked(request), size=size, overwrite=overwrite)


async def _whole(request: PageRequest) -> AsyncIterator[bytes]:
    """The body where a server read it already."""
    yield request.body


def _upload_form(request: PageRequest, public_id: str) -> HttpResponse:
    found, path, form = workspace_found(request, public_id), path_asked(request), Typed(request)
    sent = request.FILES.getlist("file")
    with form:
        for file in sent:
            target = below(path, file.name or "")
            overwrite = bool(form.get("overwrite"))
            file_write(request.actor, found, target, file.chunks(), size=file.size, overwrite=overwrite)
    if form.status != 200:
        messages.error(request, form.message or " ".join(form.errors.values()))
    elif not sent:
        messages.error(request, _("Choose a file first."))
    else:
        text = ngettext("%(n)d file is uploaded.", "%(n)d files are uploaded.", len(sent)) % {"n": len(sent)}
        messages.success(request, text)
    return redirect(files_url(public_id, path))


def _streamed(request: PageRequest, download: Download) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        download.close()
        response = HttpResponse(content_type="application/octet-stream")
    else:
        response = StreamingHttpResponse(download, content_type="application/octet-stream")
    if download.size is not None:
        response.headers["Content-Length"] = str(download.size)
    response.headers["Content-Disposition"] = content_disposition_header(True, shown(download.name)) or "attachment"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
