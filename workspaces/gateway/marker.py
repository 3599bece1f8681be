"""The mark on an address by which the app's own page is told from our page around it. Pure."""

from __future__ import annotations

MARK = "app"


def marked(path: str) -> str:
    """`path` (an address on the same host, perhaps with query and fragment) with the mark."""
    before, hash_sign, fragment = path.partition("#")
    address, _, query = before.partition("?")
    return f"{address}?{MARK}{'&' if query else ''}{query}{hash_sign}{fragment}"


def is_marked(query: str) -> bool:
    """Whether a query string, without its question mark, begins with the mark."""
    return query == MARK or query.startswith(f"{MARK}&")
