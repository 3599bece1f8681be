"""The starters that are offered: what each is called, and how what it brings is started. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from spaces_site.errors import Invalid


@dataclass(frozen=True, slots=True)
class Starter:
    """`command`: what starts it, in /workspace; "" where nothing is to be started. Its server then listens on `port`,
    on all addresses, shows a page at / and answers 200 at `status_path`; None and "" where there is none.
    `on_desktops`: it makes sense where a desktop is streamed as well, in which nobody would find a project's notes.
    """

    slug: str
    title: Promise
    description: Promise
    command: str = ""
    port: int | None = None
    status_path: str = ""
    on_desktops: bool = False


STARTERS = (
    Starter("empty", gettext_lazy("Empty"), gettext_lazy("A folder of your own, with a few notes to begin with")),
    Starter(
        "python-flask",
        gettext_lazy("Python with Flask"),
        gettext_lazy("A web application in Python, which starts anew whenever a file is saved"),
        command="python app.py",
        port=5000,
        status_path="/api/status",
    ),
    Starter(
        "nodejs-react",
        gettext_lazy("React with Vite"),
        gettext_lazy("A web page in JavaScript, which follows every change at once"),
        command="npm start",
        port=3000,
        status_path="/api/status",
    ),
    Starter(
        "java-spring",
        gettext_lazy("Java with Spring Boot"),
        gettext_lazy("A web application in Java, built with Maven"),
        command="sh start.sh",
        port=8080,
        status_path="/api/status",
    ),
    Starter(
        "git-clone",
        gettext_lazy("Git repository"),
        gettext_lazy("A copy of a repository of yours or of others"),
        on_desktops=True,
    ),
)
"""In the order in which they are offered."""

_ALIASES = {"node-react": "nodejs-react"}


def starter_get(slug: str) -> Starter:
    """The starter of that name, or of one that it had before. Raises `Invalid` (STARTER_UNKNOWN)."""
    wanted = _ALIASES.get(slug, slug)
    for starter in STARTERS:
        if starter.slug == wanted:
            return starter
    offered = [starter.slug for starter in STARTERS]
    raise Invalid(
        _("There is no starter called “%(starter)s”.") % {"starter": slug[:40]},
        code="STARTER_UNKNOWN",
        details={"starter": _("Choose one of: %(starters)s.") % {"starters": ", ".join(offered)}, "offered": offered},
    )
