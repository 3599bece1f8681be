"""Our page around an app: a streamed desktop, or the app's own page below our bar.

It has the workspace's own origin, as the app has, whose code can therefore do in it whatever the page can: nothing here
is trusted more than the app is. It can ask for the files of its own workspace, which it has anyway, and is written down
as the visitor who opened it; it can say that somebody is there, and so keep itself awake. No cookie of ours can be read
by it, no other workspace is of the same origin, and what the page is told (names, who looks) is no secret to its owner.
"""

from __future__ import annotations

from django.conf import settings

from workspaces.gateway.answers import send_page
from workspaces.gateway.grant import Grant
from workspaces.gateway.marker import is_marked
from workspaces.gateway.visit import Message, Send, Visit
from workspaces.models import Kind

_IMAGES = "data: blob:"
_POLICY = "connect-src 'self' ws: wss:; frame-src 'self'"


def is_framed(visit: Visit, grant: Grant) -> bool:
    """Whether this request gets our page: one for "/" without the mark.

    Not what the app's own page in the frame opens there: our page would stand in itself.
    """
    if not grant.frame or visit.path != "/" or visit.method not in ("GET", "HEAD") or is_marked(visit.query):
        return False
    in_frame = visit.get("sec-fetch-dest") in ("iframe", "frame") and visit.get("sec-fetch-site") == "same-origin"
    return not (in_frame and grant.frame == Kind.Frame.PAGE)


async def frame_send(visit: Visit, grant: Grant, send: Send) -> None:
    """The page, in the language that is active. Its cookie says that it tells by itself when somebody uses it, from its
    first websocket on."""
    context = {
        "name": grant.name,
        "kind_title": grant.kind_title,
        "frame": grant.frame,
        "view_only": grant.view_only,
        "app_path": grant.app_path,
        "home_url": f"{settings.BASE_URL}/" if grant.user_id else "",
        "function_keys": [f"F{number}" for number in range(1, 13)],
        "may_files": grant.is_editor and grant.user_id is not None,
    }
    headers = [] if grant.view_only else [_here_cookie(visit)]
    out = _headers_alone(send) if visit.method == "HEAD" else send
    await send_page(out, visit, 200, "desktop.html", context, headers, images=_IMAGES, more_policy=_POLICY)


def _here_cookie(visit: Visit) -> tuple[bytes, bytes]:
    """As `here.js` sets it."""
    secure = "; Secure" if settings.SECURE else ""
    return b"set-cookie", f"{visit.names.here}=1; Path=/; SameSite=Lax{secure}".encode()


def _headers_alone(send: Send) -> Send:
    async def without_body(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return without_body
