"""Paths as people and programs write them. They all begin at /workspace, a leading slash or not.

Names are bytes to a workspace; what is no UTF-8 in them is kept as Python keeps it (surrogateescape).
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid

MOST_BYTES = 4096
MOST_NAME_BYTES = 255


def path_clean(path: str) -> str:
    """`path` without empty names, "." and a leading slash; "" is /workspace itself.

    ".." stays, since behind a link it is for the file system to say where it leads. Raises `Invalid` (PATH_INVALID,
    PATH_OUTSIDE) for what cannot be, or leads outside whatever is there.
    """
    names = [name for name in path.split("/") if name not in ("", ".")]
    try:
        lengths = [len(name.encode("utf-8", "surrogateescape")) for name in names]
    except UnicodeEncodeError:
        raise _invalid(path) from None
    if "\0" in path or sum(lengths) + len(lengths) > MOST_BYTES or any(length > MOST_NAME_BYTES for length in lengths):
        raise _invalid(path)
    depth = 0
    for name in names:
        depth += -1 if name == ".." else 1
        if depth < 0:
            raise path_outside(path)
    return "/".join(names)


def name_check(name: str) -> str:
    """`name`, which is one for a file or folder. Raises `Invalid` (PATH_INVALID)."""
    if "/" in name or path_clean(name) in ("", ".."):
        raise _invalid(name)
    return name


def path_outside(path: str) -> Invalid:
    """The refusal of a path that leads out of the folder of the data."""
    text = _("“%(path)s” leads out of the workspace.") % {"path": shown(path)}
    return Invalid(text, code="PATH_OUTSIDE", details={"path": text})


def shown(path: str) -> str:
    """`path` for people: what is no UTF-8 in it is replaced."""
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in path)


def quoted(path: str) -> str:
    """`path` for an address, byte by byte; `unquoted` is the way back."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def unquoted(text: str) -> str:
    """A path as `quoted` wrote it."""
    return unquote(text, errors="surrogateescape")


def _invalid(path: str) -> Invalid:
    text = _("“%(path)s” is no path of a file.") % {"path": shown(path[:200])}
    return Invalid(text, code="PATH_INVALID", details={"path": text})
