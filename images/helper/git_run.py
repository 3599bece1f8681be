"""Runs git with nothing around it that somebody else has written, and with a token where only its askpass finds it."""

from __future__ import annotations

import base64
import os
import re
import selectors
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

ASKPASS = Path(__file__).resolve().parent / "askpass.sh"
PUBLIC_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
MOST_OUTPUT = 64 * 1024
BEAT_SECONDS = 1.0
CONNECT_SECONDS = 15.0
SETTINGS = (
    "protocol.allow=never", "protocol.https.allow=always", "protocol.ssh.allow=always", "credential.helper=",
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.askPass=", "submodule.recurse=false",
    "fetch.recurseSubmodules=false", "push.recurseSubmodules=no", "gc.auto=0", "maintenance.auto=false",
    "transfer.bundleURI=false", "http.followRedirects=initial", "init.defaultBranch=main", "advice.detachedHead=false",
    # A helper has little memory, and a packed repository may be large.
    "pack.threads=1", "pack.windowMemory=64m", "core.packedGitLimit=128m", "core.deltaBaseCacheLimit=32m",
    "core.bigFileThreshold=32m", "checkout.workers=1",
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Problem(Exception):
    """It cannot be done; `code` says why to the platform, `text` to a person."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


class Abandoned(Exception):
    """Nobody waits for the answer any more."""


class TooLong(Exception):
    """The time for the whole request is over."""


@dataclass(frozen=True)
class Ran:
    """How git ended and what it printed, without any secret. `cut`: the rest of what it printed is lost."""

    exit_code: int
    stdout: str
    stderr: str
    cut: bool = False

    def last_words(self) -> str:
        """The end of what it had to say, for a person."""
        return "\n".join(line for line in self.stderr.splitlines() if line.strip())[-600:]


class Runner:
    """Runs git for one request, which brings `seconds`, `token` and `ca` (certificates to trust beside the public)."""

    def __init__(self, request: dict[str, Any], folder: Path, say: Callable[[dict[str, Any]], None]) -> None:
        self._folder, self.say = folder, say
        self._until = time.monotonic() + float(request.get("seconds", 300))
        self._token, self._ca = str(request.get("token", "")), str(request.get("ca", ""))
        self._secrets = secrets_in(self._token)
        self._environ = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(folder.parent),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "https:ssh",  # which no configuration can widen
            "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_AUTHOR_NAME": "Spaces",
            "GIT_AUTHOR_EMAIL": "spaces@localhost",
            "GIT_COMMITTER_NAME": "Spaces",
            "GIT_COMMITTER_EMAIL": "spaces@localhost",
        }

    @property
    def folder(self) -> Path:
        """A folder of this request's own, outside of the volume, which nobody else can look into."""
        return self._folder

    def scrubbed(self, text: str) -> str:
        """`text` without the token in any form, and without what a terminal would obey."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _CONTROL.sub("", text)

    def local(self, args: Sequence[str], *, cwd: str, on_line: Callable[[str], bool] | None = None) -> Ran:
        """Run git without a token and without a way to another machine."""
        return self._run(
            args, cwd, self._environ | {"GIT_ALLOW_PROTOCOL": "none", "GIT_ASKPASS": "/bin/false"}, on_line
        )

    def reach(self, url: str) -> None:
        """Raises `Problem` (UNREACHABLE) where nobody answers at `url`: git itself would wait two minutes for that."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            return
        seconds = max(0.1, min(CONNECT_SECONDS, self._until - time.monotonic()))
        try:
            socket.create_connection((parts.hostname, parts.port or 443), seconds).close()
        except (OSError, UnicodeError) as error:
            raise Problem("UNREACHABLE", f"{parts.netloc}: {error}") from None

    def remote(self, args: Sequence[str], url: str, *, cwd: str, on_line: Callable[[str], bool] | None = None) -> Ran:
        """Run git with the token, for the server of `url` alone. The token is gone from the disk when this ends."""
        secret = self._folder / "secret"
        environ = self._environ | {"GIT_ASKPASS": str(ASKPASS), "SPACES_ANSWERS": str(secret)}
        if url.startswith("https://"):
            text = answers(url, self._token) if self._token else ""
        else:
            text = f"{self._token}\n" if self._token else ""
            environ["GIT_SSH_COMMAND"], environ["GIT_SSH_VARIANT"] = ssh_command(self._folder, bool(text)), "ssh"
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
            return self._run(args, cwd, environ, on_line)
        finally:
            secret.unlink()

    def _run(
        self, args: Sequence[str], cwd: str, environ: dict[str, str], on_line: Callable[[str], bool] | None
    ) -> Ran:
        settings = [word for setting in (*SETTINGS, *self._trust()) for word in ("-c", setting)]
        process = subprocess.Popen(
            ["git", *settings, *args], cwd=cwd, env=environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert process.stdout and process.stderr
        streams = {process.stdout.fileno(): Collected(None), process.stderr.fileno(): Collected(on_line)}
        try:
            self._follow(streams)
            code = process.wait(max(1, self._until - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise TooLong from None
        finally:
            kill(process)
        out, err = streams.values()
        return Ran(code, self.scrubbed(out.text()), self.scrubbed(err.text()), out.cut or err.cut)

    def _follow(self, streams: dict[int, Collected]) -> None:
        """Read to the end of both, and watch that somebody still waits."""
        with selectors.DefaultSelector() as selector:
            for descriptor in (0, *streams):
                selector.register(descriptor, selectors.EVENT_READ)
            beat = time.monotonic()
            while len(selector.get_map()) > 1:
                if time.monotonic() > self._until:
                    raise TooLong
                for key, _events in selector.select(BEAT_SECONDS):
                    piece = os.read(key.fd, 65536)
                    if key.fd == 0 and not piece:
                        raise Abandoned
                    if key.fd and not piece:
                        selector.unregister(key.fd)
                    if key.fd:
                        streams[key.fd].add(piece)
                if time.monotonic() - beat >= BEAT_SECONDS:
                    beat = time.monotonic()
                    self.say({})

    def _trust(self) -> tuple[str, ...]:
        if not self._ca:
            return ()
        bundle = self._folder / "certificates"
        if not bundle.exists():
            public = PUBLIC_CERTIFICATES.read_text() if PUBLIC_CERTIFICATES.exists() else ""
            bundle.write_text(f"{public}\n{self._ca}\n")
        return (f"http.sslCAInfo={bundle}",)


class Collected:
    """One stream of git. Lines that `on_line` wants are handed to it and not kept; of the rest the end is kept."""

    def __init__(self, on_line: Callable[[str], bool] | None) -> None:
        self._on_line, self._line, self._kept, self.cut = on_line, b"", bytearray(), False

    def add(self, piece: bytes) -> None:
        """More of it; nothing means that it has ended."""
        if self._on_line is None:
            self._keep(piece)
            return
        *lines, self._line = re.split(rb"(?<=[\r\n])", self._line + piece)
        if not piece or len(self._line) > MOST_OUTPUT:
            lines, self._line = [*lines, self._line], b""
        for line in lines:
            if not self._on_line(line.decode(errors="replace").strip()):
                self._keep(line.replace(b"\r", b"\n"))

    def text(self) -> str:
        return self._kept.decode(errors="replace")

    def _keep(self, piece: bytes) -> None:
        self._kept += piece
        if len(self._kept) > MOST_OUTPUT:
            del self._kept[:-MOST_OUTPUT]
            self.cut = True


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()


def credentials(url: str, token: str) -> tuple[str, str]:
    """Name and password for a server. A token with a colon has both; else the host decides what it wants for a name."""
    name, colon, password = token.partition(":")
    if colon:
        return name, password
    host = (urlsplit(url).hostname or "").split(".")
    names = {"gitlab": "oauth2", "bitbucket": "x-token-auth"}
    return next((names[part] for part in host if part in names), "x-access-token"), token


def answers(url: str, token: str) -> str:
    """For askpass: what git will ask for this very server, and the answers."""
    name, password = credentials(url, token)
    server = urlsplit(url).netloc
    asked_as = (name, quote(name, safe=""))  # newer versions of git quote the name
    questions = {f"Username for 'https://{server}': ": name}
    questions |= {f"Password for 'https://{user}@{server}': ": password for user in asked_as}
    return "".join(f"{question}\n{answer}\n" for question, answer in questions.items())


def ssh_command(folder: Path, has_key: bool) -> str:
    """ssh that reads no settings and asks nothing. The key is all it has; a server is believed at first sight."""
    options = [
        "BatchMode=yes", "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={folder}/known_hosts",
        "GlobalKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "IdentityAgent=none", "ForwardAgent=no",
        "ClearAllForwardings=yes", "PermitLocalCommand=no", "ConnectTimeout=20",
        f"IdentityFile={folder / 'secret' if has_key else 'none'}",
    ]  # fmt: skip
    return shlex.join(["ssh", "-F", "/dev/null", *(word for option in options for word in ("-o", option))])


def secrets_in(token: str) -> list[str]:
    """The forms in which a token may be met in what a server or git says; the longest first."""
    parts = {token, *token.split(":", 1), *token.splitlines()}
    for name in ("x-access-token", "oauth2", "x-token-auth"):
        parts.add(f"{name}:{token}")
    forms = set()
    for part in parts:
        encoded = base64.b64encode(part.encode()).decode()
        forms |= {part, quote(part, safe=""), quote_plus(part), encoded, encoded.rstrip("=")}
    return sorted((form for form in forms if token and len(form) >= 4), key=len, reverse=True)
