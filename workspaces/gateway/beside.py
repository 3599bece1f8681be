"""/_spaces/<name>: what another app of ours shows beside the page of a workspace, and is told from there.

`here.js` asks for it once a page load. This app knows nothing of those others: they register when the site starts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from workspaces.gateway.answers import send_bytes, send_json
from workspaces.gateway.authorise import visit_authorise
from workspaces.gateway.forms import field_of, form_read
from workspaces.gateway.grant import Grant
from workspaces.gateway.news import news_send
from workspaces.gateway.threads import in_thread
from workspaces.gateway.visit import Receive, Send, Visit

Field = Callable[[str], str]
Handler = Callable[[Visit, Receive, Send], Awaitable[None]]
NEWS = "news"


class Beside(Protocol):
    """Asked in a thread, with the visitor's language active, and only for who may work in the workspace. It asks
    nothing of the engine, and checks by itself who of them may see and do what."""

    def shown(self, grant: Grant, words: bool) -> dict[str, Any] | None:
        """For the script of that name: what there is to show, with all its texts if `words`; None for nothing."""

    def told(self, grant: Grant, what: str, field: Field, address: str | None) -> dict[str, Any]:
        """Do `what` by the form's fields; afterwards as `shown`. Raises our errors; `NotFound` for an unknown one."""

    def groups(self, grant: Grant) -> dict[str, str]:
        """Groups of the channel layer, each with the type of its messages after which it has something new to show."""


_registered: dict[str, Beside] = {}


def beside_register(name: str, beside: Beside) -> None:
    """From now on `/_spaces/<name>` and what is below it are answered by `beside`."""
    _registered[name] = beside


def beside_handler(method: str, name: str) -> Handler | None:
    """What answers that path below /_spaces/; None when nobody registered for it."""
    own, _slash, what = name.partition("/")
    beside = _registered.get(own)
    asks = what in ("", NEWS)
    if beside is None or method != ("GET" if asks else "POST"):
        return None

    async def answer(visit: Visit, receive: Receive, send: Send) -> None:
        grant = await visit_authorise(visit)
        if grant.user_id is None or not grant.is_editor:
            await send_bytes(send, 204, b"", "text/plain")
        elif method == "POST":
            await _told(beside, grant, what, visit, receive, send)
        elif what == NEWS:
            await news_send(grant, await in_thread(beside.groups, grant), receive, send)
        else:
            await _shown(beside, grant, visit, send)

    return answer


async def _shown(beside: Beside, grant: Grant, visit: Visit, send: Send) -> None:
    """204 when there is nothing: 404 would stand in the console of every editor that is nobody's seat."""
    content = await in_thread(beside.shown, grant, visit.query == "words")
    if content is None:
        await send_bytes(send, 204, b"", "text/plain")
    else:
        await send_json(send, 200, content)


async def _told(beside: Beside, grant: Grant, what: str, visit: Visit, receive: Receive, send: Send) -> None:
    form = await form_read(receive)

    def field(name: str) -> str:
        return field_of(form, name)

    await send_json(send, 200, await in_thread(beside.told, grant, what, field, visit.address))
