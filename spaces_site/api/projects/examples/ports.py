"""Ports and names for them."""

from __future__ import annotations

from spaces_site.api.projects.examples.base import (
    ALWAYS,
    OWNER_ONLY,
    answer,
    body,
    done,
    error,
)

_ALIAS = {
    "subdomain": "my-shop",
    "port": 5000,
    "authProtected": True,
    "authUsername": "guest",
    "createdAt": "2024-01-15T10:30:00.000Z",
    "updatedAt": "2024-01-15T10:30:00.000Z",
    "url": "http://my-shop.localhost:8000/",
}
_LINK = "http://abc123def456-5000.localhost:8000/_spaces/link?key=8f0c1d2e3a4b"
PORTS = [
    answer(
        {
            "success": True,
            "ports": [
                {
                    "port": 5000,
                    "url": "http://abc123def456-5000.localhost:8000/",
                    "listening": True,
                    "loopbackOnly": False,
                    "isEditor": False,
                    "audience": "link",
                    "link": _LINK,
                    "aliases": ["my-shop"],
                }
            ],
        }
    ),
    *ALWAYS,
]
PORT = [
    body({"audience": "link"}),
    done("Port updated successfully", port=5000, audience="link", link=_LINK),
    OWNER_ONLY,
    *ALWAYS,
]
ALIASES = [answer({"success": True, "aliases": [_ALIAS]}), *ALWAYS]
ALIAS_ADD = [
    body(
        {
            "subdomain": "my-shop",
            "port": 5000,
            "authProtected": True,
            "authUsername": "guest",
            "authPassword": "open-sesame",
        }
    ),
    answer({"success": True, "alias": _ALIAS}, 201),
    error(409, "ALIAS_TAKEN", *["The name “my-shop” is taken."] * 2, subdomain="The name “my-shop” is taken."),
    OWNER_ONLY,
    *ALWAYS,
]
ALIAS_UPDATE = [body({"port": 3000}), answer({"success": True, "alias": {**_ALIAS, "port": 3000}}), OWNER_ONLY, *ALWAYS]
ALIAS_DELETE = [done("Alias deleted successfully"), OWNER_ONLY, *ALWAYS]
