"""What is pushed and where to, checked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid
from workshop.models import Seat, Workshop
from workshop.selectors import seats_of
from workspaces.files.paths import path_clean

MOST_BYTES = 24 * 1024**2
"""Of all files of a push together; a request to the platform has at most 32 MiB, in which they are packed."""
MOST_FILES = 500
FOLDER_LENGTH = 300
ALL, CLAIMED = "all", "claimed"
Which = str | Iterable[int]
"""Seats: `ALL`, those that are `CLAIMED`, or their numbers."""


def seats_chosen(workshop: Workshop, which: Which) -> list[Seat]:
    """The seats that are meant, by number. Raises `Invalid` (SEATS_NONE, SEATS_UNKNOWN)."""
    seats = seats_of(workshop)
    if which == CLAIMED:
        seats = [seat for seat in seats if seat.active_claims]  # type: ignore[attr-defined]
    elif which != ALL:
        numbers = set() if isinstance(which, str) else set(which)
        if unknown := numbers - {seat.number for seat in seats}:
            text = _("There is no seat %(number)s.") % {"number": min(unknown)}
            raise invalid("seats", text, "SEATS_UNKNOWN")
        seats = [seat for seat in seats if seat.number in numbers]
    if not seats:
        raise invalid("seats", _("Choose at least one seat that is there."), "SEATS_NONE")
    return seats


def files_placed(files: Mapping[str, bytes], folder: str, data_path: str) -> dict[str, bytes]:
    """By their whole path. Raises `Invalid`."""
    if not files:
        raise invalid("files", _("Choose the files to push first."), "PUSH_EMPTY")
    if len(files) > MOST_FILES:
        text = _("At most %(most)d files at once; these are %(n)d.") % {"most": MOST_FILES, "n": len(files)}
        raise invalid("files", text, "PUSH_TOO_MANY")
    if (size := sum(map(len, files.values()))) > MOST_BYTES:
        amounts = {"most": MOST_BYTES // 1024**2, "size": f"{size / 1024**2:.1f}"}
        text = _("At most %(most)d MiB at once; these are %(size)s MiB.") % amounts
        raise invalid("files", text, "PUSH_TOO_LARGE")
    above, placed = folder_clean(folder, data_path), {}
    for path, content in files.items():
        name = _inside(path, "files")
        if not name:
            raise invalid("files", _("A file needs a name."), "PATH_INVALID")
        placed[_inside(f"{above}/{name}", "files")] = content
    return placed


def folder_clean(folder: str, data_path: str) -> str:
    """Below `data_path`, whether it was written with that or not."""
    cleaned, root = _inside(folder.strip(), "folder"), data_path.strip("/")
    is_whole = folder.strip().startswith("/") and f"{cleaned}/".startswith(f"{root}/")
    inside = cleaned.removeprefix(root).lstrip("/") if is_whole else cleaned
    if len(inside) > FOLDER_LENGTH:
        raise invalid("folder", _("The name of the folder is too long."), "PATH_INVALID")
    return inside


def _inside(path: str, field: str) -> str:
    """`path` without needless parts. Nothing in it leads upwards, nor is it anything that a row cannot hold."""
    try:
        cleaned = path_clean(path.replace("\\", "/"))
        cleaned.encode()
    except Invalid as error:
        raise invalid(field, str(error.message), error.code) from error
    except UnicodeEncodeError:
        raise invalid(field, _("This name is no text."), "PATH_INVALID") from None
    if ".." in cleaned.split("/"):
        raise invalid(field, _("A path must not lead upwards (“..”)."), "PATH_OUTSIDE")
    return cleaned


def invalid(field: str, text: str, code: str) -> Invalid:
    """An error at one field of the form."""
    return Invalid(text, code=code, details={field: text})
