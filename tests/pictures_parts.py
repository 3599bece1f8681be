"""A desktop that answers with a picture, or with anything else, on the loopback; and the kind that has one."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType

PICTURE = b"\xff\xd8\xff\xe0 a picture, as far as anybody looks \xff\xd9"


def answered(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """An answer of HTTP."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Desktop:
    """Answers every connection with `pieces`, `pause` seconds before each; `asked`: the first line of each request,
    `heads` all of it."""

    def __init__(self, *pieces: bytes, pause: float = 0.0) -> None:
        self.pieces, self.pause = pieces, pause
        self.heads: list[str] = []
        self.over = threading.Event()
        desktop = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                head = b""
                while b"\r\n\r\n" not in head and (more := self.request.recv(4096)):
                    head += more
                desktop.heads.append(head.decode("latin-1"))
                for piece in desktop.pieces:
                    if desktop.over.wait(desktop.pause):
                        return
                    self.request.sendall(piece)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """Who asked went away in the middle, which is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def asked(self) -> list[str]:
        return [head.partition("\r\n")[0] for head in self.heads]

    def __enter__(self) -> Desktop:
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over.set()
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()
