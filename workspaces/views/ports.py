"""The page of a workspace's ports: what is listened on, who may open it, and the names of ports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Unavailable
from workspaces.models import Alias, PortShare, Workspace
from workspaces.selectors import may_manage, may_use
from workspaces.services.aliases import alias_url, aliases_of
from workspaces.services.ports import OWNER, PortView, port_check, port_link_renew, port_share_set, ports_of
from workspaces.states import State
from workspaces.views.entering import port_read
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown

LINK, PEOPLE = PortShare.Audience.LINK, PortShare.Audience.PEOPLE
WHO: dict[str, tuple[str, str | Promise]] = {
    OWNER: ("lock", gettext_lazy("only those who may work in it")),
    PEOPLE: ("user", gettext_lazy("everybody who is signed in")),
    LINK: ("link", gettext_lazy("everybody with the link")),
}
"""Of an audience: icon, words."""


@dataclass(frozen=True, slots=True)
class ShownPort:
    """`number`: the port as text, without a sign for thousands. `can_open`: the person who looks may enter there."""

    view: PortView
    number: str
    icon: str
    who: str | Promise
    can_open: bool


@dataclass(frozen=True, slots=True)
class ShownAlias:
    """A name, the address that people open, and its port as text."""

    alias: Alias
    url: str
    number: str


@require_safe
@never_cache
def ports(request: PageRequest, public_id: str) -> HttpResponse:
    """The page, which asks again and again while it runs: the answer is empty as long as nothing changed."""
    return page(request, workspace_found(request, public_id), Typed(request))


@require_safe
@never_cache
def panel(request: PageRequest, public_id: str) -> HttpResponse:
    """What can be opened now, for the overview; likewise."""
    found = workspace_found(request, public_id)
    rows, _silent = rows_of(request, found)
    rows = [row for row in rows if row.view.listening and not row.view.is_editor]
    seen = _digest(found, rows)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {"id": public_id, "rows": rows, "seen": seen, "is_usable": may_use(request.actor, found)}
    return render(request, "workspaces/_ports_panel.html", context)


@form_of("workspace-ports")
@never_cache
def share(request: PageRequest, public_id: str) -> HttpResponse:
    """Say who may open a port. Before everybody with a link may, it is asked once more."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        port = port_read(form.get("port")) or 0
        if form.get("audience") == LINK and form.get("sure") != "1":
            port_check(found, port)
            return render(request, "workspaces/ports_link.html", {"workspace": found, "number": str(port)})
        port_share_set(request.actor, found, port, form.get("audience"))
        who = WHO[form.get("audience")][1]
        messages.success(request, _("Port %(port)d can be opened by: %(who)s.") % {"port": port, "who": who})
        return redirect("workspace-ports", public_id)
    return page(request, found, form, section="share")


@form_of("workspace-ports")
@never_cache
def link(request: PageRequest, public_id: str) -> HttpResponse:
    """Make a new link; the old one leads nowhere."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        port = port_read(form.get("port")) or 0
        port_link_renew(request.actor, found, port)
        text = _("Port %(port)d has a new link. The old one does not work any more.") % {"port": port}
        messages.success(request, text)
        return redirect("workspace-ports", public_id)
    return page(request, found, form, section="share")


def page(request: PageRequest, found: Workspace, form: Typed, section: str = "", **extra: Any) -> HttpResponse:
    """The page of ports, with what was typed into the form of one `section`."""
    rows, is_silent = rows_of(request, found)
    seen = _digest(found, rows)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {
        "workspace": found,
        "shown": shown(found),
        "rows": rows,
        "is_silent": is_silent,
        "is_running": found.state == State.RUNNING,
        "listens": any(row.view.listening and not row.view.is_editor for row in rows),
        "seen": seen,
        "aliases": [ShownAlias(alias, alias_url(alias), str(alias.port)) for alias in aliases_of(request.actor, found)],
        "is_mine": request.actor.user == found.owner,
        "is_usable": may_use(request.actor, found),
        "may_manage": may_manage(request.actor, found),
        "form": form,
        "section": section,
    }
    return render(request, "workspaces/ports.html", context | extra, status=form.status)


def rows_of(request: PageRequest, found: Workspace) -> tuple[list[ShownPort], bool]:
    """The ports, and whether the engine kept silent, in which case there are those that are shared or named."""
    try:
        views, is_silent = ports_of(request.actor, found), False
    except Unavailable:
        views, is_silent = ports_of(request.actor, found, ask_engine=False), True
    usable = may_use(request.actor, found)
    return [_row(view, usable) for view in views], is_silent


def _row(view: PortView, usable: bool) -> ShownPort:
    icon, who = WHO[view.audience]
    can_open = not view.loopback_only and (usable or view.audience == PEOPLE)
    return ShownPort(view, str(view.port), icon, who, can_open)


def _digest(found: Workspace, rows: list[ShownPort]) -> str:
    views = [row.view for row in rows]
    return hashlib.sha256(repr((found.state, found.name, views)).encode()).hexdigest()[:16]
