"""The link by which somebody looks at a desktop: made, made anew, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workspaces.services.looking import looking_link_end, looking_link_make, looking_link_renew
from workspaces.views.detail import page
from workspaces.views.found import workspace_found

_WISHES: dict[str, tuple[Callable[..., Any], Promise]] = {
    "make": (looking_link_make, gettext_lazy("Whoever has the link may look on now.")),
    "renew": (looking_link_renew, gettext_lazy("There is a new link. The old one does not work any more.")),
    "end": (looking_link_end, gettext_lazy("The link does not work any more, and who came by it sees nothing now.")),
}


@form_of("workspace")
@never_cache
def link(request: PageRequest, public_id: str) -> HttpResponse:
    """What `do` says: "make", "renew" or "end"."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        wish = _WISHES.get(form.get("do"))
        if wish is None:
            raise Invalid(_("Choose what is to become of the link."), code="WISH_UNKNOWN")
        service, done = wish
        service(request.actor, found)
        messages.success(request, str(done))
        return redirect("workspace", public_id)
    return page(request, found, form, section="looking")
