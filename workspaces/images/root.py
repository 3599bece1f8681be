"""The image that all others stand on: Debian's own from its registry, or made here from Debian's packages."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from workspaces.engine.base import BuildFailed, BuildProgress, Engine, EngineError, EngineUnavailable

OnProgress = Callable[[BuildProgress], None]

PUBLIC_IMAGE = "debian:bookworm-slim"
SUITE = "bookworm"
PULL_SILENCE_SECONDS = 20
INSTALL_SECONDS = 300
BOOTSTRAP_LINES = 12
"""How many lines mmdebstrap prints, about; they are its progress."""
# As in Debian's slim images; dpkg keeps to it in everything that is installed later.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")

ADVICE = (
    f"{PUBLIC_IMAGE} could not be pulled, and mmdebstrap is not here to make it from Debian's packages. "
    f"Run `docker pull {PUBLIC_IMAGE}` on a machine with access and bring it here with `docker save` and "
    "`docker load`, or install mmdebstrap (on Debian or Ubuntu: apt-get install mmdebstrap debian-archive-keyring)."
)


def root_ensure(engine: Engine, tag: str, on_progress: OnProgress, pull_silence: float = PULL_SILENCE_SECONDS) -> None:
    """Afterwards `tag` is a minimal Debian. Raises `BuildFailed` with what to do where neither way is open."""
    if engine.image_exists(PUBLIC_IMAGE) or _pull_bounded(engine, on_progress, pull_silence):
        with TemporaryDirectory() as empty:
            dockerfile = {"Dockerfile": f"FROM {PUBLIC_IMAGE}\n".encode()}
            engine.image_build(
                tag, Path(empty), buildargs={}, extra_files=dockerfile, on_progress=lambda _progress: None
            )
        return
    _make(engine, tag, on_progress)


def _pull_bounded(engine: Engine, on_progress: OnProgress, silence: float) -> bool:
    """Whether the public image came. A registry that says nothing for `silence` seconds counts as out of reach.

    In a thread of its own, since a connection into a void answers to nothing; the thread ends with that connection.
    """
    heard: queue.Queue[BuildProgress | Exception | None] = queue.Queue()

    def pull() -> None:
        try:
            engine.image_pull(PUBLIC_IMAGE, heard.put)
            heard.put(None)
        except EngineError as error:
            heard.put(error)

    Thread(target=pull, daemon=True, name="pull-root-image").start()
    on_progress(BuildProgress(0, f"Downloading {PUBLIC_IMAGE}"))
    while True:
        try:
            message = heard.get(timeout=silence)
        except queue.Empty:
            return False
        if message is None:
            return True
        if isinstance(message, EngineUnavailable):
            raise message
        if isinstance(message, Exception):
            return False
        on_progress(message)


def _make(engine: Engine, tag: str, on_progress: OnProgress) -> None:
    mmdebstrap = shutil.which("mmdebstrap") or _install(on_progress)
    if not mmdebstrap:
        raise BuildFailed(ADVICE)
    with TemporaryDirectory(prefix="spaces-root-") as folder:
        tarball = Path(folder) / "root.tar"
        _bootstrap(mmdebstrap, tarball, on_progress)
        on_progress(BuildProgress(90, "Importing the file system"))
        engine.image_import(tag, tarball)


def _install(on_progress: OnProgress) -> str | None:
    """Path of mmdebstrap after an attempt to install it, which only root on a Debian-like system can make."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    on_progress(BuildProgress(0, "Installing mmdebstrap"))
    install = ["apt-get", "install", "-y", "--no-install-recommends", "mmdebstrap", "debian-archive-keyring"]
    if not _runs(install):
        # Package lists are often missing on fresh machines; only then are they worth the wait.
        _runs(["apt-get", "update"])
        _runs(install)
    return shutil.which("mmdebstrap")


def _runs(argv: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(argv, env=environment, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _bootstrap(mmdebstrap: str, tarball: Path, on_progress: OnProgress) -> None:
    """Afterwards `tarball` is a minimal Debian, from Debian's default mirror. Raises `BuildFailed`."""
    excludes = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    # Names and resolvers of this machine have no business in an image; the engine writes both for each container.
    clean = '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"'
    argv = [mmdebstrap, "--variant=minbase", *excludes, clean, SUITE, str(tarball)]
    lines: list[str] = []
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line.rstrip())
            step = line.rstrip().removeprefix("I: ")
            on_progress(BuildProgress(min(89, len(lines) * 90 // BOOTSTRAP_LINES), f"Making Debian: {step}"))
    if process.returncode != 0:
        raise BuildFailed("\n".join(lines[-20:]))
