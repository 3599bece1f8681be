"""The small picture of a desktop that runs, for who may see its workspace."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.views.request import PageRequest
from workspaces.pictures import SMALL, WIDE, picture_of
from workspaces.views.files_transfer import SANDBOX
from workspaces.views.found import workspace_found

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": SANDBOX,
    "Cross-Origin-Resource-Policy": "same-origin",  # to a browser, a page of a workspace is the same site as this one
    "X-Content-Type-Options": "nosniff",
}


@require_safe
async def picture(request: PageRequest, public_id: str) -> HttpResponseBase:
    """It, twice as wide with `?size=wide`; 204 when there is none now. It is asked for again and again, so it has an
    ETag: while nothing moves on that screen, 304 is all that is sent."""
    found = await sync_to_async(workspace_found)(request, public_id)
    shows = await picture_of(found, width=WIDE if request.GET.get("size") == "wide" else SMALL)
    if shows is None:
        return HttpResponse(status=204, headers=HEADERS)
    headers = {**HEADERS, "ETag": shows.etag}
    whole = HttpResponse(shows.content, content_type=shows.media_type, headers=headers)
    return get_conditional_response(request, etag=shows.etag, response=whole) or whole
