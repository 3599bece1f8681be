"""A git server that speaks HTTPS and wants a password. Stdlib alone, so that it also runs by itself in a container:
`python3 git_server.py FOLDER CERTIFICATE KEY PASSWORD PORT`.
"""

from __future__ import annotations

import base64
import http.server
import os
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit


class GitServer(http.server.ThreadingHTTPServer):
    """Serves the bare repositories in `folder` to whoever knows `password`; those in `public/` to everybody.

    A path that begins with a key of `redirects` is sent to that address. `credentials`: the (host, path, Authorization)
    of all requests. `before`: called before each request is answered.
    """

    daemon_threads = True

    def __init__(self, folder: Path, certificate: Path, key: Path, password: str, address: tuple[str, int]) -> None:
        super().__init__(address, Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.folder, self.password = folder, password
        self.redirects: dict[str, str] = {}
        self.credentials: list[tuple[str, str, str]] = []
        self.held = threading.Event()
        self.held.set()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_address[1]}"

    def __enter__(self) -> GitServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self.held.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that are killed hang up in the middle, which is what tests do to them."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        self.server.held.wait(30)
        said = self.headers.get("Authorization", "")
        self.server.credentials.append((self.headers.get("Host", ""), self.path, said))
        for prefix, target in self.server.redirects.items():
            if self.path.startswith(prefix):
                self._status(301, ("Location", target + self.path.removeprefix(prefix)))
                return
        if not self.path.startswith("/public/") and not self._knows_password(said):
            self._status(401, ("WWW-Authenticate", 'Basic realm="git"'))
            return
        self._backend()

    def _knows_password(self, said: str) -> bool:
        try:
            return base64.b64decode(said.removeprefix("Basic ")).decode().partition(":")[2] == self.server.password
        except ValueError:
            return False

    def _status(self, code: int, *headers: tuple[str, str]) -> None:
        self.send_response(code)
        for name, value in (*headers, ("Content-Length", "0")):
            self.send_header(name, value)
        self.end_headers()

    def _backend(self) -> None:
        """What git itself brings for this, by the rules of CGI."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "http.receivepack",
            "GIT_CONFIG_VALUE_1": "true",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
        }
        ran = subprocess.run(["git", "http-backend"], env=environ, input=body, capture_output=True, check=False)
        head, _gap, rest = ran.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self.send_response(status)
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().strip(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


if __name__ == "__main__":
    folder, certificate, key, password, port = sys.argv[1:]
    GitServer(Path(folder), Path(certificate), Path(key), password, ("0.0.0.0", int(port))).serve_forever()
