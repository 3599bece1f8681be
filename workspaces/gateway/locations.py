"""Where a container's answer sends the browser: an app behind the gateway may know no address but its own."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from workspaces.gateway.grant import Grant

_PORTS = {"http": 80, "https": 443}


def location_for_browser(value: bytes, host: str, grant: Grant) -> bytes:
    """A Location as the browser gets it, that asked for `host`: one with the app's own address is a path alone.

    That is the container's address, or the name it was asked by with the app's port; and by https to an app that has
    this itself, while the site may have none, the name as it was asked. All else stays as it is, to the byte.
    """
    try:
        there = urlsplit(value.decode())
        port = there.port or _PORTS.get(there.scheme, 0)
    except (UnicodeDecodeError, ValueError):
        return value
    if not port or not _is_own(there, port, host.lower(), grant):
        return value
    path = "/" + there.path.lstrip("/\\")  # two slashes would name another host
    query = f"?{there.query}" if there.query else ""
    fragment = f"#{there.fragment}" if there.fragment else ""
    return f"{path}{query}{fragment}".encode()


def _is_own(there: SplitResult, port: int, host: str, grant: Grant) -> bool:
    if grant.scheme == there.scheme == "https" and there.netloc.lower() == host:
        return True
    return port == grant.port and there.hostname in (grant.address, host.partition(":")[0])
