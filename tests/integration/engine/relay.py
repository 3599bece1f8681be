"""A way to the engine that a test may cut: over a socket, TCP or TLS, both directions closed one by one as they are."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class Relay:
    """Listens from its making to `cut`; `host` is what to put into `DOCKER_HOST`, `certificate` what to trust."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.sockets: list[socket.socket] = []
        self.certificate = folder / "relay.pem"
        self.context: ssl.SSLContext | None = None
        if kind == "unix":
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(folder / "relay.sock"))
            self.listener.listen()
            self.host = f"unix://{folder}/relay.sock"
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.host = f"{'https' if kind == 'tls' else 'tcp'}://127.0.0.1:{self.listener.getsockname()[1]}"
        if kind == "tls":
            self._certify()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Afterwards it is as if the engine had died."""
        for sock in [self.listener, *self.sockets]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _certify(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.certificate, "-out", f"{self.certificate}.crt"],
            check=True, capture_output=True,
        )  # fmt: skip
        with self.certificate.open("a") as both:
            both.write(Path(f"{self.certificate}.crt").read_text())
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.certificate)

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(ENGINE)
            self.sockets += [client, engine]
            if self.context:
                both = _Tls(self.context, client, engine)
                threading.Thread(target=both.to_engine, daemon=True).start()
                threading.Thread(target=both.to_client, daemon=True).start()
                continue
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=_pump, args=(source, target), daemon=True).start()


class _Tls:
    """The engine's side of TLS: the client's input ends with its notice of closing, not with its socket."""

    def __init__(self, context: ssl.SSLContext, client: socket.socket, engine: socket.socket) -> None:
        self.client, self.engine = client, engine
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.lock = threading.Lock()
        self.shaken = threading.Event()

    def to_engine(self) -> None:
        try:
            while data := self.client.recv(65536):
                with self.lock:
                    self.incoming.write(data)
                    clear, ended = self._opened()
                    self.client.sendall(self.outgoing.read())
                self.engine.sendall(clear)
                if ended:
                    self.engine.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def to_client(self) -> None:
        self.shaken.wait(10)
        try:
            while data := self.engine.recv(65536):
                with self.lock:
                    self.tls.write(data)
                    self.client.sendall(self.outgoing.read())
            self.client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _opened(self) -> tuple[bytes, bool]:
        """What the client has said so far, and whether it ended there."""
        clear = b""
        try:
            if not self.shaken.is_set():
                self.tls.do_handshake()
                self.shaken.set()
            while data := self.tls.read(65536):
                clear += data
        except ssl.SSLWantReadError:
            return clear, False
        except ssl.SSLZeroReturnError:
            pass
        return clear, True


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
