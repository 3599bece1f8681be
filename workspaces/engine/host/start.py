"""Starts the engine so that it, and the workspaces in it, outlive whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from workspaces.engine.host.machine import HostProblem, Say, engine_advice, is_root, last_lines, program, search_path
from workspaces.engine.host.ready import engine_ready

START_SECONDS = 30.0
SYSTEMD = Path("/run/systemd/system")
"""Exists exactly where systemd is the init process: sd_booted(3)."""
ENGINE_PID = Path("/var/run/docker.pid")
JOURNAL = "See: journalctl -u docker -n 50"


def engine_start(say: Say, log: Path, pid_file: Path) -> None:
    """Afterwards an engine answers on the usual socket; one that does already is fine.

    Without systemd it is a process in a session of its own, its pid in `pid_file` and its output in `log`.
    Raises `HostProblem`, with the engine's last words, when it ends or says nothing for 30 seconds.
    """
    if engine_ready():
        return
    if not is_root():
        raise HostProblem(engine_advice())
    say("Starting Docker …")
    if SYSTEMD.is_dir():
        _start_service()
    elif _is_starting():
        _wait(None, f"The engine with the pid in {ENGINE_PID} does not answer.")
    else:
        _start_process(log, pid_file)


def _start_service() -> None:
    done = subprocess.run(["systemctl", "start", "docker"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise HostProblem(f"`systemctl start docker` failed:\n{last_lines(done.stderr)}\n{JOURNAL}")
    _wait(None, JOURNAL)


def _is_starting() -> bool:
    """Whether the pid that an engine left names a living one, which then only needs some more time."""
    try:
        return Path(f"/proc/{int(ENGINE_PID.read_text())}/comm").read_text().strip() == "dockerd"
    except (OSError, ValueError):
        return False


def _start_process(log: Path, pid_file: Path) -> None:
    # Left by an engine that was killed: when its number is in use again, by anything, a new engine would not start.
    ENGINE_PID.unlink(missing_ok=True)
    for path in (log, pid_file):
        path.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        engine = subprocess.Popen(
            [program("dockerd") or "dockerd"],
            env={**os.environ, "PATH": search_path()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )
    pid_file.write_text(f"{engine.pid}\n")
    try:
        _wait(engine, log)
    except HostProblem:
        pid_file.unlink(missing_ok=True)
        raise


def _wait(engine: subprocess.Popen[bytes] | None, last_words: Path | str) -> None:
    """Return once an engine answers. Raises `HostProblem` when `engine` ends before, or after 30 seconds."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not (engine and engine.poll() is not None):
        if engine_ready(timeout=1.0):
            return
        time.sleep(0.1)
    if engine and engine.poll() is None:
        os.killpg(engine.pid, signal.SIGTERM)
    words = last_lines(last_words.read_text(errors="replace")) if isinstance(last_words, Path) else last_words
    if "nf_tables" in words or "iptables" in words:
        words += "\nIf this kernel lacks nf_tables: update-alternatives --set iptables /usr/sbin/iptables-legacy"
    raise HostProblem(f"Docker did not start.\n{words}")
