"""The HTTP status of each of our kinds of error: one table for pages, APIs and the gateway."""

from __future__ import annotations

from spaces_site.errors import SpacesError, TooMany

STATUS_OF_KIND = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "unavailable": 503,
}


def status_of(error: SpacesError) -> int:
    """The HTTP status of an error of ours; 500 for one of no kind."""
    return 429 if isinstance(error, TooMany) else STATUS_OF_KIND.get(error.kind, 500)
