"""Which pages may act on a workspace: its own. Pure; a sibling workspace is somebody else."""

from __future__ import annotations

from django.conf import settings

from workspaces.gateway.visit import Visit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FOREIGN_SITES = ("cross-site", "same-site")


def own_origin(visit: Visit) -> str:
    """Scheme, host and port at which the browser has this workspace open, as browsers write an Origin."""
    return f"{'https' if settings.SECURE else 'http'}://{visit.host.strip().lower()}"


def websocket_allowed(visit: Visit) -> bool:
    """Any page may open a websocket with cookies, so its origin must be this one; programs bring something else."""
    if "origin" not in visit.seen:
        return bool(visit.token or visit.basic)
    return visit.get("origin") == own_origin(visit)


def write_allowed(visit: Visit) -> bool:
    """Whether a request that may change something comes from this workspace's own page, or from a program with a token.

    Without an Origin, or with `null` (which a page's own no-referrer policy makes of it), Sec-Fetch-Site decides: no
    page can forge it. A client that sends neither is no browser of the last years, and no page can make it act.
    """
    if visit.method in SAFE_METHODS or visit.token:
        return True
    origin, site = visit.seen.get("origin"), visit.get("sec-fetch-site")
    if origin is None:
        return site not in _FOREIGN_SITES
    if origin == "null":
        return site == "same-origin"
    return origin == own_origin(visit)
