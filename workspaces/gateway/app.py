"""The ASGI application in front of the platform's: hosts below the site's are workspaces, the rest passes through."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from spaces_site.errors import Forbidden, Invalid, SpacesError, Unavailable
from workspaces.gateway.activity import activity_note, by_a_person
from workspaces.gateway.answers import language_of, send_error, send_redirect
from workspaces.gateway.authorise import authorise_forget, visit_authorise
from workspaces.gateway.frame import frame_send, is_framed
from workspaces.gateway.grant import Grant
from workspaces.gateway.hosts import Elsewhere, Place, Target, host_place
from workspaces.gateway.http import BadAnswer, NothingListens, proxy_http
from workspaces.gateway.names import target_of
from workspaces.gateway.origins import write_allowed
from workspaces.gateway.pages import PREFIX, answer_nobody, answer_reserved
from workspaces.gateway.upstream import Upstream
from workspaces.gateway.visit import App, BadRequest, Receive, Scope, Send, Visit, visit_read
from workspaces.gateway.waiting import again, answer_asleep, answer_silent
from workspaces.gateway.websocket import proxy_websocket, refuse

NOWHERE = Target("", None, "")
log = logging.getLogger(__name__)


class Gateway:
    """Wraps the platform's ASGI application `platform`, and answers lifespan events for it."""

    def __init__(self, platform: App) -> None:
        self.platform = platform
        self.upstream = Upstream()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        place = host_place(_host(scope), settings.BASE_HOST)
        if place is Elsewhere.PLATFORM or scope["type"] not in ("http", "websocket"):
            await self.platform(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(place, scope, receive, send)
        else:
            await self._websocket(place, scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.upstream.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _websocket(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            target = await target_of(place) or NOWHERE
            visit = visit_read(scope, target)
        except BadRequest as error:
            await refuse(scope, send, 400, str(error))
            return
        except DatabaseError as error:
            await refuse(scope, send, 503, _plain(error).message)
            return
        if not target.public_id or visit.path.startswith(PREFIX):
            await refuse(scope, send, 404, "There is nothing at this address.")
            return
        await proxy_websocket(self.upstream.session(), visit, scope, receive, send)

    async def _http(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            target = await target_of(place) or NOWHERE
            visit = visit_read(scope, target)
        except (BadRequest, DatabaseError) as error:
            nobody = Visit(NOWHERE, "", "GET", "/", "", None)
            bad = isinstance(error, BadRequest)
            await send_error(send, nobody, Invalid(str(error), code="BAD_REQUEST") if bad else _plain(error))
            return
        if target is NOWHERE or visit.path.startswith(PREFIX):
            with translation.override(language_of(visit)):
                await answer_reserved(visit, receive, send)
            return
        try:
            grant = await visit_authorise(visit)
            if not write_allowed(visit):
                raise Forbidden(_("This request was sent from another site."), code="ORIGIN_REFUSED")
        except (SpacesError, DatabaseError) as error:
            with translation.override(language_of(visit)):
                await answer_nobody(visit, _plain(error), send)
            return
        await self._enter(visit, grant, receive, send)

    async def _enter(self, visit: Visit, grant: Grant, receive: Receive, send: Send) -> None:
        if by_a_person(visit) and not grant.view_only:
            activity_note(grant, opened=grant.is_editor and visit.get("sec-fetch-dest") in ("", "document"))
        if not grant.is_running:
            with translation.override(language_of(visit)):
                woken = await answer_asleep(send, visit, grant)
            if woken is None:
                return
            grant = woken
        if not grant.port:
            await send_redirect(send, 303, f"{settings.BASE_URL}/workspaces/{grant.public_id}")
            return
        if is_framed(visit, grant):
            with translation.override(language_of(visit)):
                await frame_send(visit, grant, send)
            return
        try:
            await proxy_http(self.upstream.session(), visit, grant, receive, send)
        except (NothingListens, BadAnswer) as error:
            with translation.override(language_of(visit)):
                await self._no_answer(visit, error, send)

    async def _no_answer(self, visit: Visit, error: Exception, send: Send) -> None:
        """The container did not answer: perhaps it stopped since we last asked."""
        authorise_forget(visit.target.public_id)
        try:
            grant = await again(visit)
        except SpacesError as refusal:
            await answer_nobody(visit, refusal, send)
            return
        if not grant.is_running:
            await answer_asleep(send, visit, grant)
        elif isinstance(error, NothingListens):
            await answer_silent(send, visit, grant)
        else:
            port = {"port": grant.port}
            message = _("The program on port %(port)s closed the connection without a proper answer.") % port
            await send_error(send, visit, Unavailable(message, code="BAD_ANSWER"), workspace=grant)


def _plain(error: Exception) -> SpacesError:
    if isinstance(error, SpacesError):
        return error
    log.error("Could not ask the database who may enter: %s", error)
    return Unavailable(_("The site's database does not answer. Try again in a moment."), retry_after=5)


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"host":
            return str(value, "latin-1")
    return ""
