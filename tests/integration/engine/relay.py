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
                # TLS ends in a program of its own: Python's sockets cannot be read and written at once there.
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(ENGINE)
            self.sockets += [client, engine]
            if self.context:
                threading.Thread(target=self._relay_tls, args=(client, engine), daemon=True).start()
                continue
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=_pump, args=(source, target), daemon=True).start()

    def _relay_tls(self, client: socket.socket, engine: socket.socket) -> None:
        """TLS as the engine has it: the end of the client's input is its notice of closing, not that of the socket."""
        import select

        assert self.context
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)
        sources = [client, engine]
        try:
            while sources:
                ready, _, _ = select.select(sources, [], [], 30)
                if client in ready:
                    data = client.recv(65536)
                    incoming.write(data) if data else incoming.write_eof()
                    if not data:
                        sources.remove(client)
                if engine in ready:
                    data = engine.recv(65536)
                    if data:
                        tls.write(data)
                    else:
                        break
                try:
                    while True:
                        data = tls.read(65536)
                        if not data:
                            engine.shutdown(socket.SHUT_WR)
                            break
                        engine.sendall(data)
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLError:
                    break
                if pending := outgoing.read():
                    client.sendall(pending)
        except OSError:
            pass
        finally:
            for sock in (client, engine):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
