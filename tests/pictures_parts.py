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

STAND_IN = """
import http.server, os, ssl, struct, subprocess, sys, threading, zlib

asked = 0

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def picture(width):
    height, colour = width * 10 // 16, open("/tmp/colour", "rb").read()
    rows = (b"\\0" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

class Desktop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        path, _mark, query = self.path.partition("?")
        if path == "/picture.jpg":
            asked += 1
            body = picture(int(query.removeprefix("width=")))
        else:
            body = str(asked).encode()
        self.send_response(302 if path == "/away" else 200)
        if path == "/away":
            self.send_header("Location", "/picture.jpg?width=320")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

if not os.path.exists("/tmp/colour"):
    open("/tmp/colour", "wb").write(bytes((200, 30, 30)))
plain = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Desktop)
threading.Thread(target=plain.serve_forever).start()
own = "openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/key -out /tmp/certificate -subj /CN=desk -days 2"
subprocess.run(own.split(), check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/certificate", "/tmp/key")
guarded = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Desktop)
guarded.socket = context.wrap_socket(guarded.socket, server_side=True)
guarded.serve_forever()
"""
"""What a container runs in the place of a desktop: its picture has the one colour of `/tmp/colour` (three bytes), `/`
says how often it was asked for. At port 8000, and with a certificate of its own at 8443."""
