"""Getting an engine to run, with stand-ins for the system's programs and a socket that answers as an engine does."""

from __future__ import annotations

import http.server
import os
import signal
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import eventually, free_port
from workspaces.engine.host import (
    HostProblem,
    engine_advice,
    engine_ensure,
    engine_install,
    engine_ready,
    engine_start,
    install,
    machine,
    start,
)

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
ENGINE = """#!/usr/bin/env python3
import http.server, os, socketserver, sys
class Ping(http.server.BaseHTTPRequestHandler):
    def address_string(self): return ""
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"OK")
print("engine starts", flush=True)
socketserver.UnixStreamServer({socket!r}, Ping).serve_forever()
"""


class Ping(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/_ping" else 404)
        self.end_headers()

    def address_string(self) -> str:
        return ""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Failing(Ping):
    status = 500


@contextmanager
def engine_at(path: Path, handler: type[Ping] = Ping) -> Iterator[None]:
    with socketserver.UnixStreamServer(str(path), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


class Machine:
    """A machine made of a folder: its PATH, its engine socket, what was said, and which programs were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.calls = folder / "calls"
        self.said: list[str] = []
        self.log = folder / "data" / "dockerd.log"
        self.pid_file = folder / "data" / "dockerd.pid"

    def program(self, name: str, script: str = "") -> Path:
        path = self.bin / name
        recorded = f'#!/bin/sh\necho {name} "$@" >>{self.calls}\n{script}\n'
        path.write_text(script if script.startswith("#!") else recorded)
        path.chmod(0o755)
        return path

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def start(self) -> None:
        engine_start(self.said.append, self.log, self.pid_file)

    def ensure(self, docker_host: str = "") -> None:
        engine_ensure(self.said.append, docker_host, self.folder / "data")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A Debian machine with root, without systemd and without an engine."""
    made = Machine(tmp_path)
    (tmp_path / "os-release").write_text(DEBIAN)
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    monkeypatch.setattr(machine, "SBIN", "")
    monkeypatch.setattr(machine, "SOCKET", tmp_path / "docker.sock")
    monkeypatch.setattr(machine, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(install, "APPARMOR", tmp_path / "apparmor")
    monkeypatch.setattr(start, "SYSTEMD", tmp_path / "systemd")
    monkeypatch.setattr(start, "ENGINE_PID", tmp_path / "docker.pid")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = machine.shutil.which
    hidden = {"dockerd", "iptables", "systemctl", "apt-get"}
    monkeypatch.setattr(
        machine.shutil, "which", lambda name, path=None: found(name, path=str(made.bin) if name in hidden else path)
    )
    yield made
    if made.pid_file.exists():
        os.killpg(int(made.pid_file.read_text()), signal.SIGKILL)


def refused(call: Callable[[], None]) -> str:
    with pytest.raises(HostProblem) as caught:
        call()
    return str(caught.value)


# -- whether one answers
def test_an_engine_that_answers_is_ready(host: Machine) -> None:
    assert not engine_ready()
    with engine_at(machine.SOCKET):
        assert engine_ready()
        assert engine_ready(f"unix://{machine.SOCKET}")
        assert not engine_ready(f"unix://{host.folder}/other.sock")


def test_an_engine_that_answers_with_an_error_is_not_ready(host: Machine) -> None:
    with engine_at(machine.SOCKET, Failing):
        assert not engine_ready()


def test_a_silent_socket_is_given_up_in_time(host: Machine) -> None:
    with socketserver.UnixStreamServer(str(machine.SOCKET), Ping):  # accepts and never answers
        before = time.monotonic()
        assert not engine_ready(timeout=0.2)
        assert time.monotonic() - before < 1.9, "not as long as it waits when nothing is said"


def test_over_tcp_an_open_port_counts() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), Ping) as server:
        assert engine_ready(f"tcp://127.0.0.1:{server.server_address[1]}")
    assert not engine_ready(f"tcp://127.0.0.1:{free_port()}")


# -- installing
def test_installing_asks_the_system_for_its_packages_and_says_so(host: Machine) -> None:
    host.program("apt-get")
    engine_install(host.said.append)
    assert host.called() == [
        "apt-get update",
        "apt-get install -y --no-install-recommends docker.io iptables ca-certificates",
    ]
    assert len(host.said) == 1


def test_installing_twice_is_a_no_op(host: Machine) -> None:
    for name in ("apt-get", "dockerd", "iptables"):
        host.program(name)
    engine_install(host.said.append)
    assert host.called() == host.said == []


def test_a_kernel_with_apparmor_gets_its_loader_too(host: Machine) -> None:
    host.program("apt-get")
    install.APPARMOR.write_text("Y\n")
    engine_install(host.said.append)
    assert host.called()[-1].endswith(" apparmor")


def test_a_failing_package_manager_is_quoted(host: Machine) -> None:
    host.program("apt-get", "echo E: no space left >&2; exit 100")
    assert "E: no space left" in refused(lambda: engine_install(host.said.append))


def test_without_root_nothing_is_installed_and_the_command_is_told(
    host: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.program("apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo apt-get install -y docker.io" in refused(lambda: engine_install(host.said.append)).replace(
        "sudo apt-get update && ", ""
    )
    assert host.called() == []


def test_on_another_system_nothing_is_installed(host: Machine) -> None:
    host.program("apt-get")
    machine.OS_RELEASE.write_text("ID=fedora\n")
    assert "your system's packages" in refused(lambda: engine_install(host.said.append))
    assert host.called() == []


def test_a_descendant_of_ubuntu_counts_as_debian(host: Machine) -> None:
    host.program("apt-get")
    machine.OS_RELEASE.write_text('ID=linuxmint\nID_LIKE="ubuntu debian"\n')
    assert machine.is_debian()


# -- starting
def test_a_started_engine_answers_and_outlives_the_one_who_started_it(host: Machine) -> None:
    host.program("dockerd", ENGINE.format(socket=str(machine.SOCKET)))
    host.start()
    assert engine_ready()
    pid = int(host.pid_file.read_text())
    assert os.getsid(pid) == pid != os.getsid(0)
    assert "engine starts" in host.log.read_text()


def test_starting_twice_starts_one(host: Machine) -> None:
    host.program("dockerd", ENGINE.format(socket=str(machine.SOCKET)))
    host.start()
    pid = host.pid_file.read_text()
    host.start()
    assert host.pid_file.read_text() == pid
    assert len(host.said) == 1


def test_an_engine_that_ends_at_once_is_quoted(host: Machine) -> None:
    host.program("dockerd", "echo failed to mount overlay; exit 1")
    before = time.monotonic()
    assert "failed to mount overlay" in refused(host.start)
    assert time.monotonic() - before < 5
    assert not host.pid_file.exists()


def test_an_engine_that_stays_silent_is_ended(host: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "START_SECONDS", 0.5)
    host.program("dockerd", f"echo $$ >{host.folder}/silent; echo waiting; exec sleep 60")
    assert "waiting" in refused(host.start)
    pid = int((host.folder / "silent").read_text())
    eventually(lambda: not Path(f"/proc/{pid}/cmdline").exists() or _is_zombie(pid), "the silent engine ends", 5)
    assert not host.pid_file.exists()


def test_a_kernel_without_nf_tables_gets_a_hint(host: Machine) -> None:
    host.program("dockerd", "echo iptables: Failed to initialize nft: Protocol not supported; exit 1")
    assert "iptables-legacy" in refused(host.start)


def test_the_pid_of_an_engine_that_is_gone_does_not_stop_a_new_one(host: Machine) -> None:
    start.ENGINE_PID.write_text(str(os.getpid()))  # in use again, by something else
    host.program("dockerd", ENGINE.format(socket=str(machine.SOCKET)))
    host.start()
    assert not start.ENGINE_PID.exists()


def test_systemd_starts_its_own_service(host: Machine) -> None:
    start.SYSTEMD.mkdir()
    engine = host.program("engine", ENGINE.format(socket=str(machine.SOCKET)))
    host.program("systemctl", f"setsid {engine} >/dev/null 2>&1 & echo $! >{host.folder}/service")
    host.start()
    assert host.called() == ["systemctl start docker"]
    assert not host.pid_file.exists()
    os.kill(int((host.folder / "service").read_text()), signal.SIGKILL)


def test_a_service_that_fails_points_to_its_journal(host: Machine) -> None:
    start.SYSTEMD.mkdir()
    host.program("systemctl", "echo Job for docker.service failed >&2; exit 1")
    text = refused(host.start)
    assert "Job for docker.service failed" in text and "journalctl -u docker" in text


def test_without_root_nothing_is_started(host: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    host.program("dockerd")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo systemctl start docker" in refused(host.start)
    assert host.called() == []


# -- all of it
def test_ensuring_installs_starts_and_then_does_nothing(host: Machine) -> None:
    engine = ENGINE.format(socket=str(machine.SOCKET))
    (host.folder / "packaged").write_text(engine)
    (host.folder / "packaged").chmod(0o755)
    host.program("apt-get", f'[ "$1" = update ] || cp {host.folder}/packaged {host.bin}/dockerd')
    host.ensure()
    assert engine_ready()
    assert len(host.said) == 2
    host.ensure()
    assert len(host.said) == 2


def test_an_engine_elsewhere_is_never_replaced_by_one_here(host: Machine) -> None:
    host.program("apt-get")
    host.program("dockerd")
    address = f"tcp://127.0.0.1:{free_port()}"
    assert address in refused(lambda: host.ensure(address))
    assert host.called() == []


def test_no_right_to_the_socket_is_told_apart(host: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.SOCKET.touch()
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    monkeypatch.setenv("USER", "alice")
    assert "sudo usermod -aG docker alice" in refused(host.ensure)
    assert "usermod" in engine_advice()


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
