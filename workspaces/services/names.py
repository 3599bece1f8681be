"""Names of workspaces: what is allowed, and the next free one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from spaces_site.errors import Conflict, Invalid
from workspaces.models import Workspace

MOST = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def name_clean(name: str) -> str:
    """`name` without blanks around it. Raises `Invalid` when it is empty, too long or holds control characters."""
    name = name.strip()
    if not name or len(name) > MOST or _CONTROL.search(name):
        raise Invalid(
            _("The name takes 1 to %(most)d characters.") % {"most": MOST},
            code="NAME_INVALID",
            details={"name": _("1 to %(most)d characters, on one line.") % {"most": MOST}},
        )
    return name


def name_check_free(owner: User, name: str, besides: Workspace | None = None) -> None:
    """Raises `Conflict` (NAME_TAKEN) when another workspace of the owner has the name, in whatever case."""
    taken = Workspace.objects.filter(owner=owner, name__iexact=name)
    if besides is not None:
        taken = taken.exclude(pk=besides.pk)
    if taken.exists():
        raise _taken()


@contextmanager
def name_collides() -> Iterator[None]:
    """What the database refuses inside for its name is NAME_TAKEN: it knows of more letters which are the same in lower
    case than the question before finds (PostgreSQL compares in upper case, where ``K`` for Kelvin is no ``k``)."""
    try:
        yield
    except IntegrityError as error:
        if "workspace_name_unique_for_owner" in str(error):
            raise _taken() from error
        raise


def _taken() -> Conflict:
    return Conflict(
        _("You have a workspace of that name already."),
        code="NAME_TAKEN",
        details={"name": _("Another of your workspaces has this name.")},
    )


def names_taken(owner: User) -> set[str]:
    """Names of the owner's workspaces in small letters. Call under the owner's lock."""
    return {name.lower() for name in Workspace.objects.filter(owner=owner).values_list("name", flat=True)}


def name_next(owner: User, base: str) -> str:
    """`base`, or `base 2`, `base 3` …: the first that no workspace of the owner has. Call under the owner's lock."""
    taken = names_taken(owner)
    if base.lower() not in taken:
        return base
    number = next(n for n in range(2, len(taken) + 3) if f"{base} {n}".lower() not in taken)
    return f"{base} {number}"
