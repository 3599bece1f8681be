"""Paths in addresses and forms of the pages of files: byte by byte, since a name need not be UTF-8."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.urls import reverse

from workspaces.files.paths import quoted, unquoted


def path_asked(request: HttpRequest) -> str:
    """`path` of the address, "" when it has none. Django would lose what is no UTF-8 in it."""
    pairs = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True, errors="surrogateescape")
    return next((value for name, value in pairs if name == "path"), "").strip("/")


def entries_asked(request: HttpRequest) -> list[str]:
    """The entries that a form names, each `quoted`; without any, the one that the address names."""
    chosen = [unquoted(text) for text in request.POST.getlist("entry")]
    return chosen or [path for path in [path_asked(request)] if path]


def files_url(
    public_id: str, path: str = "", view: str = "workspace-files", *, hidden: bool = False, **more: str
) -> str:
    """The address of that view on `path`."""
    query = (["path=" + quoted(path)] if path else []) + (["hidden=1"] if hidden else [])
    if more:
        query.append(urlencode(more))
    return reverse(view, args=[public_id]) + (f"?{'&'.join(query)}" if query else "")


def parent_of(path: str) -> str:
    """The folder that it is in."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """Its last name; "" for /workspace itself."""
    return path.rpartition("/")[2]


def below(folder: str, name: str) -> str:
    """`name` in `folder`."""
    return f"{folder}/{name}" if folder else name
