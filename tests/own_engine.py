"""A Docker engine of a test's own, which it may kill: in a network namespace, with folders and a socket of its own.

The machine's engine is never touched. A thread that is inside the namespace, and what it starts, sees the containers of
this engine and nothing of the machine's network.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker

from tests.waiting import eventually

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class OwnEngine:
    """Use it in a `with`; afterwards neither process, nor namespace, nor folder is left."""

    def __init__(self) -> None:
        # Not below a test's temporary folder: a socket's path may have no more than 107 characters.
        # And a name that containerd takes for a namespace, which must not end in "_" as mkdtemp's may.
        self.folder = Path(tempfile.gettempdir()) / f"spaces-engine-{secrets.token_hex(6)}"
        self.folder.mkdir(mode=0o700)
        self.host = f"unix://{self.folder}/docker.sock"
        self.images: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.namespace = subprocess.Popen(
            ["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def __enter__(self) -> OwnEngine:
        eventually(self._has_namespace, "the network namespace is there", 5)
        with self.inside():
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._answers():
            self.start()
        with self.client() as client:
            for container in client.containers.list(all=True):
                container.remove(force=True, v=True)
        self.end(signal.SIGTERM)
        self.namespace.kill()
        self.namespace.wait()
        for mounted in sorted(
            (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()), reverse=True
        ):
            if mounted.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", mounted], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread, and every process it starts, is in the engine's network for the block."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        theirs = os.open(f"/proc/{self.namespace.pid}/ns/net", os.O_RDONLY)
        try:
            _enter(theirs)
            yield
        finally:
            _enter(own)
            os.close(own)
            os.close(theirs)

    def start(self, *options: str) -> None:
        """Afterwards it answers."""
        folders = {name: self.folder / name for name in ("data", "exec")}
        with (self.folder / "log").open("ab") as log, self.inside():
            self.process = subprocess.Popen(
                [
                    "dockerd", "--data-root", folders["data"], "--exec-root", folders["exec"],
                    "--pidfile", self.folder / "pid", "--host", self.host,
                    "--containerd-namespace", self.folder.name,
                    "--containerd-plugins-namespace", f"{self.folder.name}-p",
                    "--log-level", "warn", *options,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        eventually(self._answers, "the engine answers", 40)

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it. Killed, it leaves its containers running as orphans, which it ends when it is started again."""
        assert self.process
        self.process.send_signal(number)
        self.process.wait(30)
        # Its containerd dies with it; where nobody collects the dead, the next engine would take it for alive.
        (self.folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)

    def has_noted(self, container: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what it has on disk of a container, as a kill in the middle may leave it. Only while it is ended."""
        path = self.folder / "data" / "containers" / container / "config.v2.json"
        noted = json.loads(path.read_text())
        change(noted)
        path.write_text(json.dumps(noted))

    def client(self) -> docker.DockerClient:
        """A client of this engine; close it, or use it in a `with`."""
        return _Closing(base_url=self.host, version="1.41")

    def take_images(self, refs: list[str]) -> None:
        """Copy images from the machine's engine, by Docker's own client, which streams."""
        self.images += refs
        with subprocess.Popen(["docker", "save", *refs], stdout=subprocess.PIPE) as save:
            subprocess.run(
                ["docker", "--host", self.host, "load", "--quiet"], stdin=save.stdout, check=True, timeout=120
            )

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except (docker.errors.DockerException, OSError):
            return False

    def _has_namespace(self) -> bool:
        theirs = Path(f"/proc/{self.namespace.pid}/ns/net")
        return theirs.readlink() != Path("/proc/self/ns/net").readlink()


class _Closing(docker.DockerClient):
    def __enter__(self) -> _Closing:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
