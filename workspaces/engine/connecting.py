"""A plain connection to what listens in a container, by HTTP or HTTPS."""

from __future__ import annotations

import http.client
import ssl


def connection_to(address: str, port: int, scheme: str, seconds: float) -> http.client.HTTPConnection:
    """To be used and closed; `seconds` is for each step. By "https" whatever certificate is shown is good: a container
    signs its own, and the way to it is a network with nothing else in it."""
    if scheme != "https":
        return http.client.HTTPConnection(address, port, timeout=seconds)
    believing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    believing.check_hostname, believing.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(address, port, timeout=seconds, context=believing)
