"""What a workshop is called: its title, its name in addresses, and the group of its seats."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import gettext as _

from spaces_site.errors import Conflict, Invalid
from workshop.models import Workshop
from workspaces.models.group import GROUP_NAME_MOST
from workspaces.services.groups import group_clean

TITLE_MOST = 80
"""The names of seats are made of it, and of those the names of what was released."""
SLUG_MOST = 40
RESERVED = frozenset(
    {"seat", "mine", "take-home", "new", "claim", "claims", "code", "status", "wait", "waiting", "api", "admin"}
)
"""Words that addresses below /workshop/ and /workshops/ have for something else."""
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def title_clean(title: str) -> str:
    """`title` without blanks around it. Raises `Invalid` for none, and for one that is too long or no line."""
    title = title.strip()
    if not title or len(title) > TITLE_MOST or _CONTROL.search(title):
        text = _("1 to %(most)d characters, on one line.") % {"most": TITLE_MOST}
        raise Invalid(text, details={"title": text})
    return title


def slug_clean(slug: str) -> str:
    """`slug` in small letters; "" for none. Raises `Invalid` for what cannot stand in an address, or means another."""
    slug = slug.strip().lower()
    if slug and (not _SLUG.fullmatch(slug) or slug in RESERVED):
        text = _("Small letters, digits and “-” in between, up to %(most)d.") % {"most": SLUG_MOST}
        if slug in RESERVED:
            text = _("This name has another meaning here. Choose another one.")
        raise Invalid(text, details={"slug": text})
    return slug


def slug_next(title: str) -> str:
    """A free name for addresses, made of the title. Two that ask at once may get the same: the database refuses one."""
    base = "-".join(re.findall(r"[a-z0-9]+", _plain(title).lower()))[: SLUG_MOST - 4].strip("-") or "workshop"
    taken = set(Workshop.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    if base not in taken:
        return base
    return next(name for number in range(2, len(taken) + 3) if (name := f"{base}-{number}") not in taken)


def group_name(title: str) -> str:
    """What the group of a workshop's seats is called: the title in the letters that groups may have."""
    name = " ".join(re.findall(r"[a-zA-Z0-9_-]+", _plain(title)))[:GROUP_NAME_MOST].strip()
    return group_clean(name) or "Workshop"


@contextmanager
def slug_collides() -> Iterator[None]:
    """What the database refuses inside since another workshop has that name in addresses, is SLUG_TAKEN."""
    try:
        yield
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        text = _("Another workshop has this name in its address.")
        raise Conflict(text, code="SLUG_TAKEN", details={"slug": text}) from error


def _plain(text: str) -> str:
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), ("ß", "ss")):
        text = text.replace(letter, plain)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
