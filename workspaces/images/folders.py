"""The folders under `images/`: which there are, what each stands on, and the tag that its content has.

The tag is a hash of everything that makes the image, its parent's tag included. So an image that is there is the right
one, a change rebuilds exactly what it touches, and nobody has to remember to count up a version.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from workspaces.engine.context import context_files

PREFIX = "spaces/"
ROOT_NAME = "debian"
ROOT_REF = f"{PREFIX}{ROOT_NAME}:bookworm-1"
"""What all images stand on. Count the number up when the way it is made changes."""

_BASE = re.compile(r"^ARG BASE=(\S+)$", re.MULTILINE)


def image_names(images_dir: Path | None = None) -> list[str]:
    """Names of all folders with a Dockerfile, sorted: `base`, `code-server` …"""
    return sorted(path.parent.name for path in (images_dir or default_images_dir()).glob("*/Dockerfile"))


def image_ref(ref: str, images_dir: Path | None = None) -> str:
    """The ref that containers are made of: `spaces/code-server` becomes `spaces/code-server:<hash>`.

    Any other ref, one with a tag included, is returned as it is.
    """
    name = managed_name(ref, images_dir)
    return _tag(name, images_dir or default_images_dir()) if name else ref


def image_chain(ref: str, images_dir: Path | None = None) -> list[tuple[str, str]]:
    """(name, tag) of a managed image and all it stands on, the root first; empty for any other ref."""
    folder = images_dir or default_images_dir()
    chain: list[tuple[str, str]] = []
    name = managed_name(ref, folder)
    while name:
        chain.insert(0, (name, _tag(name, folder)))
        name = None if name == ROOT_NAME else _parent(name, folder)
    return chain


def managed_name(ref: str, images_dir: Path | None = None) -> str | None:
    """The folder that `ref` stands for, or None where it is not one of ours."""
    name = ref.removeprefix(PREFIX)
    if name == ref or "/" in name or name in ("", ".", ".."):
        return None
    if name == ROOT_NAME or ((images_dir or default_images_dir()) / name / "Dockerfile").is_file():
        return name
    return None


def default_images_dir() -> Path:
    """`SPACES_IMAGES_DIR` of the settings. Asked late, so that the rest here needs no Django."""
    from django.conf import settings

    return Path(settings.SPACES_IMAGES_DIR)


def _tag(name: str, images_dir: Path) -> str:
    if name == ROOT_NAME:
        return ROOT_REF
    digest = sha256(_tag(_parent(name, images_dir), images_dir).encode())
    for file in context_files(images_dir / name):
        # Lengths before contents, so that no two different folders can spell the same bytes.
        digest.update(f"\0{file.path}\0{file.mode:o}\0{len(file.data)}\0".encode() + file.data)
    return f"{PREFIX}{name}:{digest.hexdigest()[:12]}"


def _parent(name: str, images_dir: Path) -> str:
    """The folder that `ARG BASE=spaces/…` of the Dockerfile names. Raises `ValueError` where it names none of ours."""
    match = _BASE.search((images_dir / name / "Dockerfile").read_text())
    parent = managed_name(match[1], images_dir) if match else None
    if parent is None or parent == name:
        raise ValueError(f"images/{name}/Dockerfile must say ARG BASE={PREFIX}<folder>, a folder that exists")
    return parent
