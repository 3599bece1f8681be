"""The form for copies of a workspace. How far they are is the page of their batch."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.actors import full_member
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workspaces.limits import Places, places_of
from workspaces.selectors import workspace_usable
from workspaces.services.cloning import MOST, names_next, workspace_clone
from workspaces.services.protection import password_is_asked
from workspaces.views.asking import password_refused
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password", "source_password")
def clone(request: PageRequest, public_id: str) -> HttpResponse:
    """How many, and with which password; then on to the page that says how far they are."""
    user, found, form = full_member(request.actor), workspace_found(request, public_id), Typed(request)
    workspace_usable(request.actor, public_id)
    if request.method == "POST":
        with form:
            begun = workspace_clone(
                request.actor,
                found,
                count=_count(form),
                password=form.get("password"),
                source_password=form.get("source_password"),
            )
            return redirect("batch", begun.batch.pk)
        if "source_password" in form.values:
            password_refused(form, "source_password")
    places, is_shown = places_of(user), shown(found)
    most = most_now(places)
    context = {
        "workspace": found,
        "shown": is_shown,
        "form": form,
        "asks": password_is_asked(request.actor, found),
        "most": most,
        "left": places.left,
        "may_run": places.may_run_more,
        "count": form.get("count") or str(min(most, 5) or 1),
        "names": names_next(user, found.name, 2),
        "is_theirs": found.owner_id != user.pk,
        "can_clone": is_shown.can_clone,
    }
    return render(request, "workspaces/clone.html", context, status=form.status)


def most_now(places: Places) -> int:
    """How many copies the person may have and run right now; 0 to 50."""
    return min(MOST, places.left, MOST if places.may_run_more is None else places.may_run_more)


def _count(form: Typed) -> int:
    text = form.get("count").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        wrong = _("Between 1 and %(most)d copies.") % {"most": MOST}
        raise Invalid(wrong, code="CLONE_COUNT", details={"count": wrong})
    return int(text)

