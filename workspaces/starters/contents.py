"""The files that a starter brings, as `workspace_create` takes them. All arrive with mode 0644: none is run by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

from workspaces.starters.catalogue import starter_get

FOLDER = Path(__file__).resolve().parent / "files"


def starter_files(slug: str) -> dict[str, bytes]:
    """Path below /workspace → content; empty where the starter brings none. Raises `Invalid` (STARTER_UNKNOWN)."""
    return dict(_read(starter_get(slug).slug))


@cache
def _read(slug: str) -> MappingProxyType[str, bytes]:
    folder = FOLDER / slug
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name != "__pycache__")
    return MappingProxyType({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})
