"""The paths below /_spaces/ that every workspace's host has: the ways in, the password gate, progress, the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.statuses import status_of
from spaces_site.errors import Forbidden, Invalid, SpacesError, TooMany, Unauthenticated
from workspaces.gateway.alias_gate import alias_enter, alias_guarded
from workspaces.gateway.answers import nothing_here, send_error, send_file, send_json, send_page, send_redirect
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.beside import beside_handler
from workspaces.gateway.files import files_download, files_list, files_upload
from workspaces.gateway.forms import field_of, form_read
from workspaces.gateway.gate import PasswordWrong, gate_enter, gate_name
from workspaces.gateway.here import here_ask, here_used
from workspaces.gateway.hosts import Target
from workspaces.gateway.link import link_enter
from workspaces.gateway.origins import write_allowed
from workspaces.gateway.progress import progress_of, wake
from workspaces.gateway.sessions import session_cookie, session_end
from workspaces.gateway.threads import in_thread
from workspaces.gateway.tickets import safe_next, ticket_redeem
from workspaces.gateway.visit import Receive, Send, Visit
from workspaces.gateway.waiting import again, show, start_form, wait_url

PREFIX = "/_spaces/"
_RETRY = b"spaces_retry=1; Path=/_spaces/; HttpOnly; SameSite=Lax; Max-Age=10"
"""Says that this browser was just sent for a new ticket, so that it is not sent round for ever."""
Handler = Callable[[Visit, Receive, Send], Awaitable[None]]


async def answer_reserved(visit: Visit, receive: Receive, send: Send) -> None:
    """Answer a path of the gateway's own. None of them reaches the container, whether it exists or not."""
    name = visit.path.removeprefix(PREFIX)
    if await send_file(send, name):
        return
    handler = _PAGES.get((visit.method, name)) or beside_handler(visit.method, name)
    if not visit.target.public_id:
        handler = None
    try:
        if handler is None:
            raise nothing_here()
        if not write_allowed(visit):
            raise Forbidden(_("This form was sent from another site."), code="ORIGIN_REFUSED")
        await handler(visit, receive, send)
    except SpacesError as error:
        await send_error(send, visit, error)


async def answer_nobody(visit: Visit, error: SpacesError, send: Send) -> None:
    """Answer somebody without leave to enter: the password gate, the way to sign in, or what they may know.

    Whether the workspace exists shows only when it has a password, or when it was found by a name.
    """
    if not (visit.is_navigation and isinstance(error, Unauthenticated)):
        await send_error(send, visit, error)
    elif (name := await in_thread(_gate_title, visit.target)) is not None:
        await _show_gate(visit, send, 401, name, visit.next_path)
    else:
        await send_redirect(send, 302, visit.open_url)


def _gate_title(target: Target) -> str | None:
    """What is behind the gate, None when this host has none. A name is all that it says of where it leads."""
    if not target.asks:
        return gate_name(target)
    return target.host_label if alias_guarded(target) else None


async def _show_gate(
    visit: Visit, send: Send, status: int, name: str, path: str, error: SpacesError | None = None
) -> None:
    wait = [(b"retry-after", str(error.retry_after).encode())] if error and error.retry_after else []
    asks = visit.target.asks
    context = {"name": name, "next_path": path, "sign_in_url": visit.open_url_for(path), "asks_user": asks}
    await send_page(send, visit, status, "gate.html", context | {"error": error.message if error else ""}, wait)


def _asked(visit: Visit, name: str) -> str:
    return field_of(visit.query, name)


def _next(visit: Visit) -> str:
    return safe_next(_asked(visit, "next") or "/")


async def _enter(visit: Visit, receive: Receive, send: Send) -> None:
    """Swap the ticket for a cookie; for a ticket that is used up, go for another one, once."""
    path = _next(visit)
    try:
        key = await in_thread(ticket_redeem, visit.target, _asked(visit, "ticket"), visit.address)
    except Unauthenticated as error:
        await _enter_anyway(visit, send, path, error)
        return
    await send_redirect(send, 303, path, [session_cookie(key)])


async def _enter_anyway(visit: Visit, send: Send, path: str, error: Unauthenticated) -> None:
    try:
        await again(visit)  # the back button: the ticket is used, and its cookie is here
    except SpacesError:
        if "spaces_retry=1" in visit.get("cookie"):
            message = _("This link was used already or is too old. Open the workspace from your list again.")
            raise Invalid(message, code="TICKET_USED") from error
        await send_redirect(send, 303, visit.open_url_for(path), [(b"set-cookie", _RETRY)])
    else:
        await send_redirect(send, 303, path)


async def _gate(visit: Visit, receive: Receive, send: Send) -> None:
    form = await form_read(receive)
    username, given, path = field_of(form, "username"), field_of(form, "password"), _next(visit)
    try:
        if visit.target.asks:
            key = await in_thread(alias_enter, visit.target, username, given, visit.address)
        else:
            key = await in_thread(gate_enter, visit.target, given, visit.address)
    except (PasswordWrong, TooMany) as error:
        name = await in_thread(_gate_title, visit.target)
        await _show_gate(visit, send, status_of(error), name or "", path, error)
        return
    except Unauthenticated:
        await send_redirect(send, 303, visit.open_url_for(path))
        return
    await send_redirect(send, 303, path, [session_cookie(key)])


async def _link(visit: Visit, receive: Receive, send: Send) -> None:
    key = await in_thread(link_enter, visit.target, visit.cookie_keys, _asked(visit, "key"), visit.address)
    await send_redirect(send, 303, _next(visit), [session_cookie(key)] if key else [])


async def _state(visit: Visit, receive: Receive, send: Send) -> None:
    await send_json(send, 200, (await progress_of(await again(visit))).as_json())


async def _wait(visit: Visit, receive: Receive, send: Send) -> None:
    await show(send, visit, await again(visit), _next(visit))


async def _start(visit: Visit, receive: Receive, send: Send) -> None:
    grant = await again(visit)
    if grant.view_only:
        raise nothing_here()
    try:
        await in_thread(wake, grant, visit.address)
    except SpacesError as error:
        await send_error(send, visit, error, workspace=grant, **start_form(grant, _next(visit)))
        return
    await send_redirect(send, 303, wait_url(_next(visit)))


async def _sign_out(visit: Visit, receive: Receive, send: Send) -> None:
    await in_thread(session_end, visit.target, visit.cookie_keys)
    authorise_forget(visit.target.public_id)
    await send_redirect(send, 303, settings.BASE_URL + "/", [session_cookie("")])


_PAGES: dict[tuple[str, str], Handler] = {
    ("GET", "enter"): _enter,
    ("GET", "link"): _link,
    ("POST", "gate"): _gate,
    ("GET", "state"): _state,
    ("GET", "wait"): _wait,
    ("POST", "start"): _start,
    ("GET", "here"): here_ask,
    ("POST", "here"): here_used,
    ("GET", "files"): files_list,
    ("GET", "files/download"): files_download,
    ("POST", "files/upload"): files_upload,
    ("POST", "sign-out"): _sign_out,
}
