"""Which other machines there are: those of the setting, else those that Tailscale names."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from django.conf import settings

TAILSCALE_SECONDS = 2.0
MOST = 100
_DNS_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII | re.IGNORECASE)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a machine is. `url` is what may be shown; `key` is what it takes as a credential and is never shown.

    `is_away`: whoever named it knows that it is not there, so that it need not be asked.
    """

    name: str
    url: str
    key: str = ""
    is_away: bool = False

    def __repr__(self) -> str:
        return f"Address({self.name!r}, {self.url!r})"  # the key is for no log


def addresses() -> list[Address]:
    """The other machines, in the order in which they were named."""
    if settings.NODES:
        read = [address_read(text) for text in settings.NODES]
        return [address for address in read if address is not None][:MOST]
    return _tailscale()[:MOST]


def address_read(text: str) -> Address | None:
    """`name=url` or a url, with `?key=` and a token where it wants one; None, and a warning, when it is neither."""
    name, equals, rest = text.partition("=")
    if not equals or "/" in name:
        name, rest = "", text
    try:
        parts = urlsplit(rest.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        log.warning("SPACES_NODES takes name=url, comma-separated; one that is not a web address is left out")
        return None
    where = f"[{host}]" if ":" in host else host
    netloc = where if port is None else f"{where}:{port}"
    url = urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    return Address(name.strip() or host, url, parse_qs(parts.query).get("key", [""])[0])


def _tailscale() -> list[Address]:
    program = shutil.which("tailscale")
    if program is None:
        return []
    try:
        answer = subprocess.run(
            [program, "status", "--json"], capture_output=True, timeout=TAILSCALE_SECONDS, stdin=subprocess.DEVNULL
        )
        peers = json.loads(answer.stdout)["Peer"] or {}
        read = [_peer(peer) for peer in peers.values()]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []  # it is installed and not at work, or speaks otherwise than it did
    return sorted((peer for peer in read if peer), key=lambda peer: peer.name)


def _peer(peer: dict[str, Any]) -> Address | None:
    dns, host = str(peer.get("DNSName") or "").rstrip("."), str(peer.get("HostName") or "")
    if not _DNS_NAME.fullmatch(dns):
        return None
    return Address((host or dns)[:100], f"http://{dns}:{settings.PORT}", is_away=peer.get("Online") is not True)
