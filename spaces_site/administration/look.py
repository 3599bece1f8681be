"""Unfold's configuration: the title, the colours of the other pages, and a sidebar of what somebody may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BRAND = "Spaces"
TEAL = {
    "50": "#eef7f5",
    "100": "#e0f0ed",
    "200": "#bfe0da",
    "300": "#86e2d3",
    "400": "#5fcfbd",
    "500": "#2b9384",
    "600": "#0f6a60",
    "700": "#0b5249",
    "800": "#0b423c",
    "900": "#173530",
    "950": "#06231f",
}
"""The accent of `static/css/tokens.css` in Unfold's steps."""


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _item(title: str | Promise, icon: str, app: str, model: str) -> dict[str, Any]:
    """`icon`: a name of Google's Material Symbols, which Unfold brings along."""
    link = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may_view(app, model)}


def _theme(request: HttpRequest) -> str | None:
    """As chosen on the other pages; without a choice Unfold's own switch decides."""
    from accounts.views.preferences import theme_of  # the settings load this module before any app

    return theme_of(request) or None


UNFOLD = {
    "SITE_TITLE": BRAND,
    "SITE_HEADER": BRAND,
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SITE_SYMBOL": "deployed_code",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,  # what happened is in the audit events, and only there
    "SHOW_VIEW_ON_SITE": False,
    "THEME": _theme,
    "COLORS": {"primary": TEAL},
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": _("Workspaces"),
                "items": [
                    _item(_("Workspaces"), "deployed_code", "workspaces", "workspace"),
                    _item(_("Operations"), "progress_activity", "workspaces", "operation"),
                    _item(_("Kept files"), "folder", "workspaces", "keptfiles"),
                ],
            },
            {
                "title": _("Workshops"),
                "items": [
                    _item(_("Workshops"), "school", "workshop", "workshop"),
                    _item(_("Seats"), "chair", "workshop", "seat"),
                    _item(_("Claims"), "how_to_reg", "workshop", "claim"),
                    _item(_("Pushes"), "send", "workshop", "push"),
                    _item(_("Rehearsals"), "fact_check", "workshop", "rehearsal"),
                ],
            },
            {
                "title": _("What is offered"),
                "items": [
                    _item(_("Kinds"), "category", "workspaces", "kind"),
                    _item(_("Images"), "layers", "workspaces", "imagebuild"),
                    _item(_("Templates"), "tune", "workspaces", "template"),
                ],
            },
            {
                "title": _("People"),
                "items": [
                    _item(_("Users"), "person", "accounts", "user"),
                    _item(_("Groups"), "group", "auth", "group"),
                    _item(_("API tokens"), "key", "accounts", "apitoken"),
                    _item(_("Audit events"), "history", "accounts", "auditevent"),
                ],
            },
        ],
    },
}
