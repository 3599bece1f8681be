"""Settings from the environment: one table, with every name, its default and what it means. Imports nothing of ours.

`SETTINGS` is also what the README's table is checked against. Names of the systems that this one replaces are
understood as aliases: the first name that is set wins.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


class BadSetting(Exception):
    """A setting's value cannot be used; the text names the setting and what it takes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its `name`, the text it has when unset, what it is for, and older names for it."""

    name: str
    default: str
    help: str
    aliases: tuple[str, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting("PORT", "8000", "port the site listens on"),
    Setting(
        "SPACES_BIND", "", "address to listen on; loopback when the base URL is localhost, all addresses otherwise"
    ),
    Setting("SPACES_DATA_DIR", "var", "folder of the database, the secret key and logs"),
    Setting(
        "SPACES_BASE_URL",
        "",
        "address people open, `http://localhost:PORT` when unset; workspaces get names below its host",
    ),
    Setting(
        "SPACES_TRUST_PROXY",
        "false",
        "a reverse proxy on this machine stands in front, so its X-Forwarded-For says where people come from",
    ),
    Setting("SPACES_ADMIN_EMAIL", "admin@example.org", "address of the first staff account"),
    Setting(
        "EMAIL_URL",
        "",
        "how mail is sent: `smtp://user:password@host:587`, `filemail:///folder`; when unset it is "
        "printed to the console and shown on a development inbox page",
    ),
    Setting("EMAIL_FROM", "Spaces <spaces@localhost>", "sender of the mail"),
    Setting("AIRTABLE_API_KEY", "", "deliver codes as rows of an Airtable table instead of mail"),
    Setting("AIRTABLE_BASE_ID", "", "the Airtable base those rows go to"),
    Setting("AIRTABLE_TABLE", "email_otps", "the table in that base"),
    Setting("AIRTABLE_API_URL", "https://api.airtable.com/v0", "where Airtable answers"),
    Setting(
        "DATABASE_URL",
        "",
        "`postgres://user:password@host/name`; SQLite in the data folder when unset",
        ("PG_CONNECTION_STRING",),
    ),
    Setting("REDIS_URL", "", "`redis://host:6379/0`, for separate workers; everything runs in one process when unset"),
    Setting("WEB_PROCESSES", "1", "processes that answer requests, where there is a Redis: one for each core, say"),
    Setting("DOCKER_HOST", "", "where the Docker engine listens; its usual socket when unset"),
    Setting("SECRET_KEY", "", "key of signatures and encryption; made and kept in the data folder when unset"),
    Setting(
        "SPACES_AUTH_DISABLED",
        "false",
        "single-user machine: every request is the owner's; loopback only",
        ("CLAWDSPACE_AUTH_DISABLED",),
    ),
    Setting(
        "SPACES_NODES",
        "",
        "other machines that run this, comma-separated `name=url`, where needed with `?key=token` of a staff account "
        "there; when unset, those that Tailscale knows",
        ("CLAWDSPACE_NODES",),
    ),
    Setting("SPACES_NETWORK_POOL", "10.213.0.0/16", "addresses from which each workspace gets a small network"),
    Setting("SPACES_SPARE_NETWORKS", "32", "networks made in advance, so that as many workspaces start at once sooner"),
    Setting("SPACES_DEBUG", "false", "Django's debug pages; never where others can reach it"),
    Setting("MAX_WORKSPACES_PER_USER", "5", "workspaces one person may have"),
    Setting("MAX_CONCURRENT_WORKSPACES", "5", "of those, how many may run at once"),
    Setting(
        "ENABLE_RESOURCE_LIMITS",
        "true",
        "`false`: what one person may run at once, and the size of one workspace, are not limited",
    ),
    Setting("MEMORY_PER_WORKSPACE_MB", "8192", "most memory of one workspace, MiB"),
    Setting("CPU_PER_WORKSPACE", "4", "most CPU cores of one workspace"),
    Setting("PIDS_PER_WORKSPACE", "512", "most processes of one workspace"),
    Setting("WORKSPACE_TIMEOUT", "120", "minutes for which nobody uses a workspace until it is paused; 0 for never"),
    Setting(
        "WORKSPACE_STOP_TIMEOUT", "720", "minutes for which nobody uses a workspace until it is stopped; 0 for never"
    ),
    Setting(
        "WORKSHOP_GROUP",
        "",
        "name of a workshop whose seats are all workspaces in the group of that name, or called so and a number",
    ),
    Setting("WORKSHOP_ADMIN_PASSWORD", "", "password for the list of claims and their release; staff only when unset"),
    Setting("WORKSHOP_LANGUAGE", "", "`de` or `en`: language of the claim page whatever the browser asks for"),
    Setting("WORKSHOP_MAX_SEATS", "100", "seats one workshop may have"),
    Setting("EXEC_TIMEOUT_SECONDS", "300", "how long a command may run that a program has run in a workspace"),
    Setting("EXEC_OUTPUT_KB", "1024", "most that is kept of what such a command prints, KiB of each stream"),
    Setting("FILE_SIZE_LIMIT_MB", "2048", "largest file that may be sent into a workspace, MiB"),
    Setting("SPACES_CA_FILE", "", "certificates that git trusts beside the public ones, for a git server of your own"),
    Setting("WORKER_CONCURRENCY", "12", "operations the worker carries out side by side"),
)


class Env:
    """Reads `SETTINGS` from a mapping. Raises `BadSetting` where a value has the wrong form."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        self.table = {setting.name: setting for setting in SETTINGS}

    def text(self, name: str) -> str:
        """The value under its name or an alias; an empty one counts as unset."""
        setting = self.table[name]
        for key in (name, *setting.aliases):
            if value := self.environ.get(key, "").strip():
                return value
        return setting.default

    def flag(self, name: str) -> bool:
        """true/false, 1/0, yes/no, on/off."""
        value = self.text(name).lower()
        if value not in TRUE | FALSE:
            raise BadSetting(f"{name} takes true or false, not {value!r}")
        return value in TRUE

    def integer(self, name: str, minimum: int = 1) -> int:
        """A whole number of at least `minimum`."""
        value = self.text(name)
        if not value.isdecimal() or int(value) < minimum:
            raise BadSetting(f"{name} takes a whole number from {minimum}, not {value!r}")
        return int(value)

    def readable(self, name: str) -> Path | None:
        """A file that this user may read; None when unset."""
        value = self.text(name)
        if value and not os.access(value, os.R_OK):
            raise BadSetting(f"{name} takes a file that can be read, not {value!r}")
        return Path(value) if value else None

    def number(self, name: str) -> float:
        """A positive number."""
        try:
            value = float(self.text(name))
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise BadSetting(f"{name} takes a positive number, not {self.text(name)!r}")
        return value


def private_file(path: Path) -> Path:
    """`path`, which exists afterwards and which only this user may read; a folder made for it is as private.

    A mode that this user may not change is left as it is.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(PermissionError):
            path.chmod(0o600)
    return path


def kept_secret(folder: Path, name: str, length: int = 50) -> str:
    """The secret kept in `folder/name`, made there (mode 0600) when there is none. Two processes agree on one."""
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written aside and then linked, so that whoever sees the name sees the whole text; the first link wins.
        descriptor, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(length))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_text().strip()
