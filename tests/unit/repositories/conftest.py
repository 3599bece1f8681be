"""The program that clones and pushes, on a folder of this machine, and a git server of its own."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.files_fixtures import ProcessStream, VolumeOf
from tests.git_server import GitServer
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecStream
from workspaces.git.beside import ARGV
from workspaces.models import Workspace

PROGRAM = Path(__file__).resolve().parents[3] / "images" / "helper" / "git.py"
TOKEN = "tok-5ecret/+value"


@dataclass
class Program:
    """Runs the program on `root` as the helper would. `env`: what it has around it, which must not matter."""

    root: Path
    temporary: Path
    ca: str
    answers: list[dict[str, Any]] = field(default_factory=list)

    def begin(self, **request: Any) -> subprocess.Popen[bytes]:
        """It works on the request; its input stays open."""
        process = subprocess.Popen(
            [sys.executable, "-I", PROGRAM, self.root],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"TMPDIR": str(self.temporary)},
        )  # fmt: skip
        assert process.stdin
        process.stdin.write(json.dumps({"ca": self.ca, "seconds": 60} | request).encode() + b"\n")
        process.stdin.flush()
        return process

    def ask(self, **request: Any) -> dict[str, Any]:
        """The last answer; all are in `answers`."""
        process = self.begin(**request)
        assert process.stdout and process.stderr and process.stdin
        lines = process.stdout.read().splitlines()
        assert process.wait(10) == 0, process.stderr.read()
        process.stdin.close()
        self.answers = [json.loads(line) for line in lines]
        return self.answers[-1]

    def clone(self, url: str, **request: Any) -> dict[str, Any]:
        return self.ask(**{"op": "clone", "url": url, "path": "repo", "token": "", "mark": "1", **request})

    def push(self, token: str = TOKEN, **request: Any) -> dict[str, Any]:
        """Look and then push, as the platform does, whatever address the look has found."""
        seen = self.ask(**{"op": "look", "path": "repo", "remote": "origin", "branch": "", **request})
        if "error" in seen:
            return seen
        return self.ask(op="push", **{"path": "repo", "remote": "origin", "token": token, **request, **seen["done"]})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that nobody knows, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with two commits on main and one more on a branch called feature/x."""
    folder = tmp_path_factory.mktemp("tool")
    make_repository(folder / "tool.git")
    return folder / "tool.git"


@pytest.fixture
def server(tmp_path: Path, certificate: tuple[Path, Path], tool: Path) -> Iterator[GitServer]:
    """A server with that repository as `private/tool.git` and `public/tool.git`."""
    folder = tmp_path / "server"
    for name in ("private/tool.git", "public/tool.git"):
        shutil.copytree(tool, folder / name)
    with GitServer(folder, *certificate, password=TOKEN, address=("127.0.0.1", 0)) as running:
        yield running


@pytest.fixture
def private(server: GitServer) -> str:
    return f"{server.url}/private/tool.git"


@pytest.fixture
def program(tmp_path: Path, certificate: tuple[Path, Path]) -> Program:
    """The program; its volume is `tmp_path/workspace`."""
    for name in ("workspace", "temporary"):
        (tmp_path / name).mkdir()
    return Program(tmp_path / "workspace", tmp_path / "temporary", certificate[0].read_text())


@pytest.fixture
def git_volume_of(
    volume_of: VolumeOf, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path],
    settings: Any,
) -> VolumeOf:  # fmt: skip
    """As `volume_of`, and this program works there too. The certificate of `server` is trusted."""
    other: Callable[..., ExecStream] = engine.exec_stream
    settings.CA_FILE = certificate[0]

    def exec_stream(name: str, argv: Sequence[str], **more: Any) -> ExecStream:
        stream = other(name, argv, **more)
        if tuple(argv) != ARGV:
            return stream
        root = volume_of(Workspace(public_id=engine.helper_specs[name].workspace))
        return ProcessStream([sys.executable, "-I", str(PROGRAM), str(root)])

    monkeypatch.setattr(engine, "exec_stream", exec_stream)
    return volume_of


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def git(*args: object, cwd: Path, check: bool = True) -> str:
    """What git prints, run as a person would in `cwd`."""
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "safe.directory=*"]
    ran = subprocess.run(["git", *who, *map(str, args)], cwd=cwd, capture_output=True, text=True, check=False)
    assert not check or ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def make_repository(bare: Path) -> None:
    """A bare repository with some history."""
    draft = bare.parent / f"{bare.name}-draft"
    draft.mkdir(parents=True)
    git("init", "--quiet", "-b", "main", cwd=draft)
    commit(draft, "README.md", "# Tool\n")
    (draft / "src").mkdir()
    commit(draft, "src/main.py", "print('hello')\n")
    git("checkout", "--quiet", "-b", "feature/x", cwd=draft)
    commit(draft, "x.txt", "x\n")
    git("checkout", "--quiet", "main", cwd=draft)
    git("clone", "--quiet", "--bare", draft, bare, cwd=draft)


def commit(folder: Path, name: str, text: str) -> str:
    """A file with a commit of its own; its id."""
    (folder / name).write_text(text)
    git("add", name, cwd=folder)
    git("commit", "--quiet", "-m", f"Add {name}", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder)


def holding(folder: Path, secret: str) -> list[Path]:
    """The files below `folder` that hold the secret, in clear or as HTTP sends it."""
    forms = [form.encode() for form in (secret, quote(secret, safe=""))]
    forms += [base64.b64encode(f"{name}:{secret}".encode())[4:-4] for name in ("x-access-token", "oauth2")]
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in files if any(form in path.read_bytes() for form in forms)]
