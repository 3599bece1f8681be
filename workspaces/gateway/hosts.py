"""Which workspace a Host header names. Pure: whether that workspace exists is not known here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from workspaces.models.workspace import ID_LENGTH

_LABEL = re.compile(rf"([a-z][a-z0-9]{{{ID_LENGTH - 1}}})(?:-([1-9][0-9]{{0,4}}))?")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Target:
    """A workspace, and a port inside it or None for its app. `host_label` is what stands before the site's host."""

    public_id: str
    port: int | None
    host_label: str


class Elsewhere(Enum):
    """A host that names no workspace."""

    PLATFORM = "platform"
    """Not below the site's host: the platform answers."""
    NOTHING = "nothing"
    """Below the site's host, and cannot be a workspace."""


Place = Target | Elsewhere


@lru_cache(maxsize=4096)
def host_place(host: str, base_host: str) -> Place:
    """Where `host` (a Host header, with or without port) leads, when the site is at `base_host`."""
    match = _HOST.fullmatch(host.strip().lower())
    if match is None:
        return Elsewhere.PLATFORM
    name, base = match[1].removesuffix("."), base_host.lower().removesuffix(".")
    if not name.endswith("." + base):
        return Elsewhere.PLATFORM
    return label_target(name.removesuffix("." + base)) or Elsewhere.NOTHING


def label_target(label: str) -> Target | None:
    """`<id>` or `<id>-<port>` as a target; None when it is neither. A port is 1–65535 without leading zeros."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    port = int(match[2]) if match[2] else None
    if port is not None and port > 65535:
        return None
    return Target(match[1], port, label)


def host_label(public_id: str, port: int | None = None) -> str:
    """What stands before the site's host for the workspace's app, or for `port` inside it."""
    return public_id if port is None else f"{public_id}-{port}"
