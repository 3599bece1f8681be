"""Runs the product as a person would, in processes of its own, and leaves nothing behind on the engine.

A `Platform` is one installation: data folder, port and instance name of its own. What it made on the engine is known by
the label `spaces.instance`, so that no run ever touches anything of another one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docker
import requests

from spaces_site.env import SETTINGS
from tests.engine_cleanup import INSTANCES, remove_all
from tests.local_http import new_session
from tests.waiting import eventually, free_port, listens

ROOT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, str(ROOT / "manage.py"))
SERVE = (*MANAGE, "serve")
SERVE_WEB_ONLY = (*SERVE, "--no-worker")
WORKER = (sys.executable, "-m", "celery", "-A", "spaces_site", "worker", "-B", "--loglevel", "WARNING")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
PREPARE = "from spaces_site import preparing; preparing.tables_migrate(); preparing.static_collect()"


class Platform:
    """One installation. `environ` adds settings; with `separate_worker` web and worker are two processes.

    `like`: a data folder whose tables and static files it has from the beginning, as `prepare` leaves them.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str] | None = None,
        separate_worker: bool = False,
        like: Path | None = None,
    ) -> None:
        self.folder = folder
        self.data = folder / "var"
        self.mail = folder / "mail"
        self.port = free_port()
        self.separate_worker = separate_worker
        self.processes: list[subprocess.Popen[bytes]] = []
        self.tokens: dict[str, str] = {}
        self.mail.mkdir(parents=True)
        if like:
            self.data.mkdir()
            shutil.copy(like / "spaces.sqlite3", self.data)
            shutil.copytree(like / "static", self.data / "static", copy_function=os.link)  # which nobody writes to
        known = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)} - {"DOCKER_HOST"}
        known |= {"DJANGO_SETTINGS_MODULE"}  # pytest-django's own
        self.environ = {name: value for name, value in os.environ.items() if name not in known} | {
            "PORT": str(self.port),
            "SPACES_DATA_DIR": str(self.data),
            "EMAIL_URL": f"filemail://{self.mail}",
            "PYTHONUNBUFFERED": "1",
            **(environ or {}),
        }

    def prepare(self) -> Path:
        """The database migrated and the static files collected, as a first start does it; its data folder."""
        self.manage("shell", "--no-imports", "-c", PREPARE)
        return self.data

    # -- its processes
    def start(self) -> Platform:
        """Afterwards all its parts are well. Fails with its log when it ends before, or takes more than a minute."""
        self.start_web()
        if self.separate_worker:
            self.start_worker()  # after the web process, which migrates the database
        eventually(lambda: self._health() == 200, "all parts are well at /api/health", START_SECONDS)
        return self

    def start_web(self) -> None:
        """Begin what answers requests, which is all of it unless the worker is separate."""
        self._spawn(*(SERVE_WEB_ONLY if self.separate_worker else SERVE))
        eventually(self._health, "the site answers at /api/health", START_SECONDS)
        INSTANCES.add(self.instance)

    def start_worker(self) -> None:
        """Begin a worker in a process of its own, as in production."""
        self._spawn(*WORKER)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it as Ctrl-C does. Fails when a process of it is left or the port stays taken."""
        for process in reversed(self.processes):
            process.send_signal(number)
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"did not end within {STOP_SECONDS:g} s:\n{self.log()}") from None
        groups, self.processes = [process.pid for process in self.processes], []
        eventually(lambda: not any(_group_lives(group) for group in groups), "no process is left", 2)
        assert not listens(self.port), f"port {self.port} is still taken"

    def kill(self) -> None:
        """End all its processes at once, as a power cut does."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.processes = []

    def restart(self) -> Platform:
        """Stop it, if it runs, and start it again on the same data."""
        self.stop()
        return self.start()

    def close(self, client: docker.DockerClient) -> None:
        """Afterwards nothing of it is left: no process, no container, no volume, no network."""
        self.kill()
        if self.instance:
            remove_all(client, self.instance)

    def log(self, lines: int = 60) -> str:
        """The last lines of what its processes printed."""
        path = self.folder / "log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    @property
    def instance(self) -> str:
        """The name that it writes on everything it makes; empty before the first start."""
        path = self.data / "instance"
        return path.read_text().strip() if path.exists() else ""

    def manage(self, *arguments: str) -> str:
        """What a management command prints. Fails when it fails."""
        done = subprocess.run(
            (*MANAGE, *arguments), cwd=ROOT, env=self.environ, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    # -- its clients
    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def workspace_url(self, public_id: str, path: str = "/") -> str:
        """Where the app of a workspace is."""
        return f"http://{public_id}.localhost:{self.port}{path}"

    def request(self, method: str, path: str, *, token: str = "", **options: Any) -> requests.Response:
        """Ask for a path of the site, or a whole URL such as a workspace's, by default without credentials."""
        headers = {**options.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        address = path if path.startswith("http") else self.url + path
        return new_session().request(method, address, headers=headers, **{"timeout": 60, **options})

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> requests.Response:
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.request("DELETE", path, **options)

    def token(self, email: str, staff: bool = False) -> str:
        """An API token of that account, which is made when there is none; one per address."""
        if email not in self.tokens:
            printed = self.manage("token_issue", email, *(["--staff"] if staff else []))
            self.tokens[email] = printed.split()[-1]
        return self.tokens[email]

    def mails(self, email: str) -> list[EmailMessage]:
        """All messages sent to that address, oldest first."""
        found = []
        for path in sorted(self.mail.glob("*.log"), key=lambda path: (path.stat().st_mtime_ns, path.name)):
            for text in re.split(r"\n-{70,}\n", path.read_text()):  # Django's file backend draws this line after each
                message = message_from_string(text.lstrip("\n"), policy=policy.default)
                if email.lower() in str(message["To"]).lower():
                    found.append(message)
        return found

    def sign_in_code(self, email: str, after: int = 0) -> str:
        """The six digits of the newest message to that address, waiting until there are more than `after`."""
        messages = eventually(lambda: found if len(found := self.mails(email)) > after else [], f"mail for {email}", 10)
        body = messages[-1].get_body(("plain",))
        assert body, messages[-1]
        codes = re.findall(r"\b\d{6}\b", body.get_content())
        assert codes, body.get_content()
        return str(codes[0])

    # -- inside
    def _spawn(self, *command: str) -> None:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)

    def _health(self) -> int:
        """Status of the health answer: 200 when all is well, 503 when a part is away, 0 when nobody answers."""
        for process in self.processes:
            assert process.poll() is None, f"a process ended:\n{self.log()}"
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            return self.get("/api/health", timeout=5).status_code
        return 0


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True

