"""A real PostgreSQL and a real Redis for one test run: in temporary folders, on free ports, ended by pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import psycopg
import redis

from tests.waiting import eventually, free_port


class MissingPart(Exception):
    """A real part is not installed. Tests fail on this; they are never skipped."""


class Server:
    """One server process in a temporary folder of its own; use it in a `with`."""

    def __init__(self, name: str, user: str | None = None) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"spaces-test-{name}-"))
        # PostgreSQL refuses to run as root, so root hands the folder to its user.
        self.user = user if user and os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str) -> None:
        """Run a program to its end as the server's user."""
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **self._identity())
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"

    def spawn(self, *command: str) -> None:
        """Start the server; it ends with `close`."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                **self._identity(),
            )

    def alive(self) -> bool:
        assert self.process and self.process.poll() is None, f"ended early:\n{self.log.read_text()}"
        return True

    def close(self) -> None:
        """Afterwards neither process nor folder is left."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # for PostgreSQL: fast shutdown
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _identity(self) -> dict[str, object]:
        if not self.user:
            return {}
        group = pwd.getpwnam(self.user).pw_gid
        return {"user": self.user, "group": group, "extra_groups": [group], "env": {"PATH": os.environ["PATH"]}}


class Postgres(Server):
    """PostgreSQL without fsync; `database()` makes a fresh database and returns its URL."""

    def __init__(self) -> None:
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not folders:
            raise MissingPart("PostgreSQL is missing: apt-get install postgresql")
        self.programs = folders[-1].parent
        self.made = 0
        super().__init__("postgres", user="postgres")

    def __enter__(self) -> Postgres:
        data = str(self.folder / "data")
        self.run(str(self.programs / "initdb"), "-D", data, "-A", "trust", "-U", "spaces", "-E", "UTF8", "--no-sync")
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "fsync": "off",
            "full_page_writes": "off", "synchronous_commit": "off", "max_connections": 200,
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        self.spawn(str(self.programs / "postgres"), "-D", data, *options)
        eventually(lambda: self.alive() and self._answers(), "PostgreSQL answers")
        return self

    def url(self, name: str = "postgres") -> str:
        return f"postgres://spaces@127.0.0.1:{self.port}/{name}"

    def database(self, like: str = "template1") -> str:
        """URL of a new database: empty, or a copy of that one, to which nobody may be connected."""
        self.made += 1
        name = f"spaces_{self.made}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis(Server):
    """Redis without persistence."""

    def __init__(self) -> None:
        self.program = shutil.which("redis-server")
        if not self.program:
            raise MissingPart("Redis is missing: apt-get install redis-server")
        self.databases = 0
        super().__init__("redis")

    def __enter__(self) -> Redis:
        self.spawn(
            str(self.program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--databases", "256",
        )
        eventually(lambda: self.alive() and self._answers(), "Redis answers")
        return self

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """URL of an empty database that no other caller gets."""
        self.databases += 1
        return self.url(self.databases)

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False
