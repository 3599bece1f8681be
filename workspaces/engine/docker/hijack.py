"""How a connection to the engine comes to be one's own: asked for in HTTP, after which HTTP is over."""

from __future__ import annotations

import json
import socket
import ssl
from typing import Any
from urllib.parse import SplitResult, urlsplit

import docker
from django.conf import settings
from docker.utils import parse_host
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.docker.errors import refused
from workspaces.engine.docker.tls import Tls
from workspaces.engine.docker.wire import Wire

_ANSWER_BYTES = 64 * 1024
_SWITCHED = (101, 200)


def hijack(api: docker.APIClient, path: str, body: dict[str, Any], seconds: float) -> Wire:
    """Post `body` to `path`, after which the connection is the caller's. Raises what the engine's refusal means.

    Not with the SDK: between its layers it loses what the engine sends along with its answer. `seconds` is how long the
    engine may take to answer.
    """
    sock = _dial(seconds)
    try:
        way = _secured(api, sock)
        way.sendall(_request(api, path, json.dumps(body).encode()))
        head, ahead = _answer(way)
        status = int(head.split(None, 2)[1])
        if status not in _SWITCHED:
            raise refused(status, _message(way, head, ahead))
        return Wire(way, ahead)
    except BaseException:
        sock.close()
        raise


def _dial(seconds: float) -> socket.socket:
    """A connection to where the SDK's go. Raises `OSError`, `EngineError` for ways that only the SDK knows."""
    url = _address()
    if url.scheme in ("http", "https"):
        return socket.create_connection((url.hostname or "localhost", url.port or 2375), seconds)
    if url.scheme != "http+unix":
        raise EngineError(f"commands in containers cannot be run over {url.scheme}")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(seconds)
    try:
        sock.connect(url.path)
    except OSError:
        sock.close()
        raise
    return sock


def _address() -> SplitResult:
    return urlsplit(str(parse_host(settings.DOCKER_HOST or None)))


def _secured(api: docker.APIClient, sock: socket.socket) -> socket.socket | Tls:
    """Where the address says so, TLS with the certificates that the SDK's own connections have."""
    url = _address()
    if url.scheme != "https":
        return sock
    asked = api.merge_environment_settings(url.geturl(), {}, None, None, None)
    trusted = asked["verify"] if isinstance(asked["verify"], str) else DEFAULT_CA_BUNDLE_PATH
    context = ssl.create_default_context(cafile=trusted)
    if asked["cert"]:
        context.load_cert_chain(*asked["cert"])
    return Tls(context, sock, url.hostname or "localhost")


def _request(api: docker.APIClient, path: str, body: bytes) -> bytes:
    lines = [
        f"POST /v{api.api_version}{path} HTTP/1.1",
        "Host: docker",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: Upgrade",
        "Upgrade: tcp",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _answer(sock: socket.socket | Tls) -> tuple[str, bytes]:
    """The head of the engine's answer, and what came with it."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        part = sock.recv(4096)
        if not part or len(seen) > _ANSWER_BYTES:
            raise EngineUnavailable("the engine hung up")
        seen += part
    head, _end, ahead = seen.partition(b"\r\n\r\n")
    return head.decode("latin-1"), ahead


def _message(sock: socket.socket | Tls, head: str, body: bytes) -> str:
    """What the engine says about its refusal."""
    fields = dict(line.lower().split(":", 1) for line in head.split("\r\n")[1:] if ":" in line)
    length = min(int(fields.get("content-length", 0)), _ANSWER_BYTES)
    while len(body) < length and (part := sock.recv(4096)):
        body += part
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()
