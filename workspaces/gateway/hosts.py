"""Which workspace a Host header names. Pure: whether that workspace, or that name, exists is not known here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from workspaces.models.workspace import ID_LENGTH

_LABEL = re.compile(rf"([a-z][a-z0-9]{{{ID_LENGTH - 1}}})(?:-([1-9][0-9]{{0,4}}))?")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]")
_LIKE_A_WORKSPACE = re.compile(rf"[a-z][a-z0-9]{{{ID_LENGTH - 1}}}(-[0-9]+)?")
_SITES_OWN = """
    account accounts admin administrator api app apps assets auth autoconfig autodiscover billing
    broadcasthost cdn claim dashboard docs email errors forgejo ftp gateway gitea git gitlab health help imap
    inbox internal isatap jupyter localdomain localhost login logout mail mailer metrics mitmproxy monitoring
    mx node nodes ns ns1 ns2 oauth pop pop3 postgres postmaster projects proxy redis register registry root
    secure security sftp signin signup smtp spaces squid ssh sso staff static status support swarm system
    traefik vpn webmail webmaster workshop workshops workspace workspaces wpad ws www www1 www2
"""
RESERVED = frozenset(_SITES_OWN.split())
"""Names that the site may want for itself, that mail programs, browsers and resolvers ask for by themselves, or that
people would take for the site's own."""


@dataclass(frozen=True, slots=True)
class Target:
    """A workspace, and a port inside it or None for its app. `host_label` is what stands before the site's host.

    `by_name`: that is a name which was given to the port. `asks`: a user name and a password open it there.
    """

    public_id: str
    port: int | None
    host_label: str
    by_name: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A name that may have been given to a port of some workspace."""

    label: str


class Elsewhere(Enum):
    """A host that names no workspace."""

    PLATFORM = "platform"
    """Not below the site's host: the platform answers."""
    NOTHING = "nothing"
    """Below the site's host, and cannot be a workspace."""


Place = Target | Named | Elsewhere


@lru_cache(maxsize=4096)
def host_place(host: str, base_host: str) -> Place:
    """Where `host` (a Host header, with or without port) leads, when the site is at `base_host`."""
    match = _HOST.fullmatch(host.strip().lower())
    if match is None:
        return Elsewhere.PLATFORM
    name, base = match[1].removesuffix("."), base_host.lower().removesuffix(".")
    if not name.endswith("." + base):
        return Elsewhere.PLATFORM
    label = name.removesuffix("." + base)
    if is_name(label):
        return Named(label)
    return label_target(label) or Elsewhere.NOTHING


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


def is_name(label: str) -> bool:
    """Whether a port may have this name: 3 to 32 lower-case letters, digits and hyphens, none of them reserved."""
    return bool(_NAME.fullmatch(label)) and not name_is_reserved(label)


def name_is_reserved(label: str) -> bool:
    """Whether a name is kept for the site, or is, or may become, the address of a workspace or of a port inside one.

    One with two hyphens in third place stands for other letters than it shows (RFC 5891, 4.2.3.1).
    """
    return label in RESERVED or bool(_LIKE_A_WORKSPACE.fullmatch(label)) or label[2:4] == "--"
