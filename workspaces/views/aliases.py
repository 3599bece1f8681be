"""Names for the ports of a workspace: giving one, changing it, taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import NotFound
from workspaces.models import Alias, Workspace
from workspaces.selectors import workspace_managed
from workspaces.services.aliases import alias_add, alias_remove, alias_update, alias_url, aliases_of
from workspaces.views.entering import port_read
from workspaces.views.found import workspace_found
from workspaces.views.ports import page


@form_of("workspace-ports")
@never_cache
@sensitive_post_parameters("auth_password")
def add(request: PageRequest, public_id: str) -> HttpResponse:
    """Give a port a name."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        alias = alias_add(
            request.actor,
            found,
            subdomain=form.get("subdomain").strip().lower(),
            port=port_read(form.get("port")) or 0,
            auth_username=form.get("auth_username"),
            auth_password=form.get("auth_password"),
        )
        now = {"url": alias_url(alias), "port": alias.port}
        messages.success(request, _("%(url)s leads to port %(port)d now.") % now)
        return redirect("workspace-ports", public_id)
    return page(request, found, form, section="alias")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("auth_password")
def change(request: PageRequest, public_id: str, subdomain: str) -> HttpResponse:
    """Let a name lead to another port, or have other protection."""
    found, form = workspace_found(request, public_id), Typed(request)
    alias = _alias(request, found, subdomain)
    if request.method == "POST":
        with form:
            protected = form.get("protected") == "1"
            alias_update(
                request.actor,
                found,
                subdomain,
                port=port_read(form.get("port")) or 0,
                protected=protected,
                auth_username=form.get("auth_username") if protected else None,
                auth_password=form.get("auth_password") if protected else None,
            )
            messages.success(request, _("The name “%(name)s” is changed.") % {"name": subdomain})
            return redirect("workspace-ports", public_id)
    context = {"workspace": found, "alias": alias, "url": alias_url(alias), "number": str(alias.port), "form": form}
    return render(request, "workspaces/ports_alias.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def remove(request: PageRequest, public_id: str, subdomain: str) -> HttpResponse:
    """Ask, then take a name back."""
    found = workspace_found(request, public_id)
    alias = _alias(request, found, subdomain)
    if request.method != "POST":
        context = {"workspace": found, "alias": alias, "url": alias_url(alias), "number": str(alias.port)}
        return render(request, "workspaces/ports_alias_remove.html", context)
    alias_remove(request.actor, found, subdomain)
    messages.success(request, _("The name “%(name)s” is free again.") % {"name": subdomain})
    return redirect("workspace-ports", public_id)


def _alias(request: PageRequest, found: Workspace, subdomain: str) -> Alias:
    workspace_managed(request.actor, found.public_id)
    alias = next((one for one in aliases_of(request.actor, found) if one.subdomain == subdomain), None)
    if alias is None:
        raise NotFound(_("This workspace has no such name."), code="ALIAS_NOT_FOUND")
    return alias
