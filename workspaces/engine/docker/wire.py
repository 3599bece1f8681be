"""A connection of one's own to the engine, open in both directions: it carries a command's input and output."""

from __future__ import annotations

import asyncio
import json
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
from django.conf import settings
from docker.utils import parse_host

from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.docker.errors import refused

PIECE_BYTES = 64 * 1024
LOOK_SECONDS = 1.0
_ANSWER_BYTES = 64 * 1024
_SWITCHED = (101, 200)


class Wire:
    """A socket that never blocks by itself: whoever gets `BlockingIOError` waits, in a thread or in an event loop.

    So nothing is read before somebody wants it, and TLS, which is no plain stream of bytes, needs no threads.
    """

    def __init__(self, sock: socket.socket, ahead: bytes) -> None:
        """`ahead`: what came together with the engine's answer and belongs to what follows it."""
        sock.setblocking(False)
        self._socket = sock
        self._ahead = ahead
        self._lock = threading.Lock()  # OpenSSL wants one at a time, and reading and writing may be two threads'
        self._waiting = 0
        self._closed = False
        self._hung_up = False

    def take(self, most: int) -> bytes:
        """Between one and `most` bytes; empty at the end. Raises `BlockingIOError` when there are none yet."""
        with self._lock:
            if self._ahead:
                part, self._ahead = self._ahead[:most], self._ahead[most:]
                return part
            if self._closed:
                return b""
            try:
                data = self._socket.recv(most)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise BlockingIOError from None
            except (ConnectionResetError, ssl.SSLEOFError):
                data = b""  # the engine hung up with some input unread
            if not data:
                self._over()
            return data

    def give(self, data: memoryview) -> int:
        """How many bytes of `data` were sent; all when nobody reads them any more. Raises `BlockingIOError`."""
        with self._lock:
            if self._closed or self._hung_up:
                return len(data)
            try:
                return self._socket.send(data[:PIECE_BYTES])
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise BlockingIOError from None
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                return len(data)

    def end(self) -> None:
        """The engine reads the end from now on; its own direction stays open. Twice is fine."""
        with self._lock:
            try:
                if isinstance(self._socket, ssl.SSLSocket):
                    self._socket.unwrap()  # says so to the other side, then complains that the other side says nothing
                else:
                    self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                return

    def wait(self, *, read: bool, write: bool, seconds: float | None = None) -> None:
        """Return when something can be taken or given, when either side has hung up, or after `seconds`."""
        with self._held() as number:
            poll = select.poll()
            wanted = (select.POLLIN if read else 0) | (select.POLLOUT if write else 0)
            poll.register(number, wanted | select.POLLRDHUP)
            for _number, seen in poll.poll(None if seconds is None else int(seconds * 1000) + 1):
                self._hung_up = self._hung_up or bool(seen & select.POLLRDHUP)

    async def wait_async(self, *, write: bool) -> None:
        """As `wait` for one direction, without blocking the event loop."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        with self._held() as number:
            if write:
                loop.add_writer(number, _settle, ready)
            else:
                loop.add_reader(number, _settle, ready)
            try:
                # An event loop does not tell a writer that the other side has hung up, so that is looked at.
                await asyncio.wait([ready], timeout=LOOK_SECONDS if write else None)
            finally:
                (loop.remove_writer if write else loop.remove_reader)(number)
        if write:
            self.wait(read=False, write=False, seconds=0)

    def close(self) -> None:
        """Hang up. Whoever waits for it is woken, and the last of them lets go of the socket's number."""
        with self._lock:
            self._closed = True
            self._over()
            if not self._waiting:
                self._socket.close()

    def _over(self) -> None:
        """Wake whoever waits. Once the engine has said all, it reads nothing either, but says so to nobody."""
        try:
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was first

    @contextmanager
    def _held(self) -> Iterator[int]:
        """The socket's number, which is not given to another file meanwhile."""
        with self._lock:
            self._waiting += 1
        try:
            yield self._socket.fileno()
        finally:
            with self._lock:
                self._waiting -= 1
                if self._closed and not self._waiting:
                    self._socket.close()


def hijack(api: docker.APIClient, path: str, body: dict[str, Any], seconds: float) -> Wire:
    """Post `body` to `path`, after which the connection is the caller's. Raises what the engine's refusal means.

    Not with the SDK: between its layers it loses what the engine sends along with its answer. `seconds` is how long the
    engine may take to answer.
    """
    sock = _dial(api, seconds)
    try:
        sock.sendall(_request(api, path, json.dumps(body).encode()))
        head, ahead = _answer(sock)
        status = int(head.split(None, 2)[1])
        if status not in _SWITCHED:
            raise refused(status, _message(sock, head, ahead))
        return Wire(sock, ahead)
    except BaseException:
        sock.close()
        raise


def _dial(api: docker.APIClient, seconds: float) -> socket.socket:
    """A connection to where the SDK's go. Raises `OSError`, `EngineError` for ways that only the SDK knows."""
    address = parse_host(settings.DOCKER_HOST or None)
    url = urlsplit(address)
    if url.scheme == "http+unix":
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(seconds)
        try:
            sock.connect(url.path)
        except OSError:
            sock.close()
            raise
        return sock
    if url.scheme not in ("http", "https"):
        raise EngineError(f"commands in containers cannot be run over {address}")
    sock = socket.create_connection((url.hostname or "localhost", url.port or 2375), seconds)
    return _secured(api, address, sock) if url.scheme == "https" else sock


def _secured(api: docker.APIClient, address: str, sock: socket.socket) -> socket.socket:
    """TLS with the certificates that the SDK's own connections have."""
    asked = api.merge_environment_settings(address, {}, None, None, None)
    trusted = asked["verify"] if isinstance(asked["verify"], str) else requests.certs.where()
    context = ssl.create_default_context(cafile=trusted)
    if asked["cert"]:
        context.load_cert_chain(*asked["cert"])
    return context.wrap_socket(sock, server_hostname=urlsplit(address).hostname)


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


def _answer(sock: socket.socket) -> tuple[str, bytes]:
    """The head of the engine's answer, and what came with it."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        part = sock.recv(4096)
        if not part or len(seen) > _ANSWER_BYTES:
            raise EngineUnavailable("the engine hung up")
        seen += part
    head, _end, ahead = seen.partition(b"\r\n\r\n")
    return head.decode("latin-1"), ahead


def _message(sock: socket.socket, head: str, body: bytes) -> str:
    """What the engine says about its refusal."""
    fields = dict(line.lower().split(":", 1) for line in head.split("\r\n")[1:] if ":" in line)
    length = min(int(fields.get("content-length", 0)), _ANSWER_BYTES)
    while len(body) < length and (part := sock.recv(4096)):
        body += part
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
