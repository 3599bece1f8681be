"""Which starter goes with which kind of workspace."""

from __future__ import annotations

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid
from workspaces.models import Kind
from workspaces.starters.catalogue import Starter, starter_get


def starter_for(slug: str, kind: Kind) -> Starter:
    """The starter of that name, for a workspace of `kind`.

    Raises `Invalid`: STARTER_UNKNOWN, and STARTER_NOT_FOR_KIND where its files would make no sense.
    """
    starter = starter_get(slug)
    if kind.frame and not starter.on_desktops:
        text = _("“%(starter)s” is not for %(kind)s. Begin without it, or with a repository.")
        text = text % {"starter": starter.title, "kind": kind.title}
        raise Invalid(text, code="STARTER_NOT_FOR_KIND", details={"starter": text})
    return starter
