"""Answers of the gateway itself: pages in the visitor's language, JSON for programs, files of its own pages."""

from __future__ import annotations

import json
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.statuses import status_of
from spaces_site.errors import NotFound, SpacesError
from workspaces.gateway.visit import Send, Visit

Headers = list[tuple[bytes, bytes]]


def language_of(visit: Visit) -> str:
    """The language of ours that the browser likes best."""
    for code, _quality in parse_accept_lang_header(visit.get("accept-language").lower()):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


async def send_bytes(send: Send, status: int, body: bytes, content_type: str, headers: Headers | None = None) -> None:
    """One whole answer."""
    own = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
    ]
    given = headers or []
    if not any(name == b"cache-control" for name, _ in given):
        own.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": own + given})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, status: int, content: dict[str, Any], headers: Headers | None = None) -> None:
    await send_bytes(send, status, json.dumps(content).encode(), "application/json", headers)


async def send_redirect(send: Send, status: int, url: str, headers: Headers | None = None) -> None:
    location = (b"location", url.encode("ascii", "ignore"))
    await send_bytes(send, status, b"", "text/plain", [location, *(headers or [])])


async def send_page(
    send: Send,
    visit: Visit,
    status: int,
    template: str,
    context: dict[str, Any],
    headers: Headers | None = None,
    *,
    images: str = "data:",
    more_policy: str = "",
) -> None:
    """`templates/gateway/<template>` in the language that is active. `images`: where they may come from beside this
    host; `more_policy`: directives beside those of all pages."""
    shown = {
        "base_url": settings.BASE_URL,
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        **context,
    }
    body = render_to_string(f"gateway/{template}", shown).encode()
    policy = (b"content-security-policy", _policy(visit, images, more_policy).encode())
    vary = (b"vary", b"accept-language")
    await send_bytes(send, status, body, "text/html; charset=utf-8", [policy, vary, *(headers or [])])


def _policy(visit: Visit, images: str, more: str) -> str:
    """Only what this host serves itself; framed by nobody but the platform and the workspace's own editor."""
    target = visit.target  # a name does not say which workspace it leads to
    is_known = target.public_id and not target.by_name
    editor = settings.BASE_URL.replace("://", f"://{target.public_id}.", 1) if is_known else ""
    more = f"{more}; " if more else ""
    return (
        f"default-src 'self'; img-src 'self' {images}; object-src 'none'; base-uri 'none'; form-action 'self'; {more}"
        f"frame-ancestors 'self' {settings.BASE_URL} {editor}".rstrip()
    )


def nothing_here() -> NotFound:
    """The refusal of a path below /_spaces/ that there is not, or not for this visitor."""
    return NotFound(_("There is nothing at this address."))


async def send_error(send: Send, visit: Visit, error: SpacesError, **context: Any) -> None:
    """What went wrong and what to do, as a page for a person and as JSON for a program."""
    status = status_of(error)
    wait = [(b"retry-after", str(error.retry_after).encode())] if error.retry_after else []
    if status == 401 and (challenge := _challenge(visit)):
        wait.append((b"www-authenticate", challenge))
    if not visit.wants_page:
        await send_json(send, status, {"error": error.message, "code": error.code, **error.details}, wait)
        return
    template = "unknown.html" if status == 404 else "refused.html"
    message = translation.gettext(error.message) if error.message else ""  # raised where no language was active
    await send_page(send, visit, status, template, {"message": message, "code": error.code, **context}, wait)


def _challenge(visit: Visit) -> bytes:
    """What a program has to bring. To browsers it is not said: they would ask with a window of their own, also for a
    script's request, and send what was typed ever after."""
    if not visit.target.asks or visit.wants_page or "sec-fetch-mode" in visit.seen:
        return b""
    return f'Basic realm="{visit.target.host_label}", charset="UTF-8"'.encode()


async def send_file(send: Send, name: str) -> bool:
    """A file of the gateway's pages; False when there is none of that name."""
    body = _file(name)
    if body is None:
        return False
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    age = _KEPT_FOR_EVER if name.startswith(_VENDOR) else b"max-age=300"
    await send_bytes(send, 200, body, f"{kind}; charset=utf-8", [(b"cache-control", age)])
    return True


FILES = frozenset({"style.css", "wait.js", "here.js", "seat.js", "seat-look.js", "seat-parts.js", "seat-place.js"})
_DESKTOP = re.compile(r"desktop(-[a-z0-9]+)*\.(js|css)")
_VENDOR = "vendor/novnc-1.7.0/"
_VENDOR_FILE = re.compile(r"([a-z0-9][a-z0-9_-]*/){0,6}[A-Za-z0-9][A-Za-z0-9_.-]*")
"""What is below `_VENDOR`: no name begins with a dot, so none leads out of it."""
_KEPT_FOR_EVER = b"max-age=31536000, immutable"
"""The version is in the address."""


@lru_cache(maxsize=128)
def _file(name: str) -> bytes | None:
    if name.startswith(_VENDOR) and _VENDOR_FILE.fullmatch(name.removeprefix(_VENDOR)):
        found = finders.find(name)
    elif name in FILES or _DESKTOP.fullmatch(name):
        found = finders.find(f"gateway/{name}")
    else:
        return None
    return Path(found).read_bytes() if isinstance(found, str) and Path(found).is_file() else None
