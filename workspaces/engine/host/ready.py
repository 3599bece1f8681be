"""Whether an engine answers, asked in a millisecond and without the Docker SDK."""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit

from workspaces.engine.host import machine


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def engine_ready(docker_host: str = "", timeout: float = 2.0) -> bool:
    """Whether an engine answers at `docker_host` (the usual socket when empty) within `timeout` seconds.

    Over TCP an open port is enough, since what is behind it may want certificates. What `ssh://` leads to cannot be
    told cheaply and counts as there.
    """
    url = urlsplit(docker_host or f"unix://{machine.SOCKET}")
    if url.scheme == "unix":
        return _answers(UnixConnection(url.path, timeout))
    if url.scheme in ("tcp", "http", "https"):
        return _listens(url.hostname or "localhost", url.port or 2375, timeout)
    return True


def _answers(connection: http.client.HTTPConnection) -> bool:
    try:
        connection.request("GET", "/_ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listens(host: str, port: int, timeout: float) -> bool:
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError:
        return False
    return True
