"""A `requests` session that finds `<name>.localhost` on the loopback, as browsers do; Debian's resolver does not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter


class LocalhostAdapter(HTTPAdapter):
    """Connects to 127.0.0.1 for every name below localhost; URL, cookies and the Host header keep the name."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if str(host["host"]).endswith(".localhost"):
            host["host"] = "127.0.0.1"
        return host, pool

    def send(self, request: Any, *arguments: Any, **options: Any) -> requests.Response:
        own = "Host" in request.headers
        if not own:
            request.headers["Host"] = urlsplit(request.url).netloc
        try:
            return super().send(request, *arguments, **options)
        finally:
            if not own:  # else a redirect would take it along to another name
                del request.headers["Host"]


def new_session() -> requests.Session:
    """A client with a cookie jar of its own that ignores the machine's proxies."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", LocalhostAdapter())
    return session
