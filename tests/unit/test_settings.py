"""What the settings make of an environment, each in a process of its own as at a start."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spaces_site.env import SETTINGS

ROOT = Path(__file__).resolve().parent.parent.parent


def settings_of(folder: Path, *names: str, **environ: str) -> dict[str, Any]:
    """The named settings with only `environ` set, the data in `folder`, and a umask that hides nothing."""
    known = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)}
    inherited = {name: value for name, value in os.environ.items() if name not in known}
    show = f"import json, spaces_site.settings as s; print(json.dumps({{n: getattr(s, n) for n in {names!r}}}))"
    done = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=inherited | {"SPACES_DATA_DIR": str(folder)} | environ,
        capture_output=True, text=True, check=True, umask=0,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({}, True),
        ({"SPACES_BIND": "0.0.0.0"}, False),
        ({"EMAIL_URL": "smtp://localhost"}, False),
        ({"SPACES_TRUST_PROXY": "true"}, False),
        ({"SPACES_BASE_URL": "https://spaces.example.org", "SPACES_BIND": "127.0.0.1"}, False),
    ],
)
def test_mail_is_shown_only_where_nobody_comes_through_a_proxy(
    tmp_path: Path, environ: dict[str, str], shown: bool
) -> None:
    """Behind a proxy on this machine everybody seems to be on this machine."""
    assert settings_of(tmp_path, "DEV_INBOX", **environ) == {"DEV_INBOX": shown}


def test_other_users_of_the_machine_read_no_data(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    settings_of(folder, "VERSION")
    assert {mode_of(path) for path in folder.iterdir()} == {0o600}
    assert mode_of(folder) == 0o700


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    database = tmp_path / "spaces.sqlite3"
    database.write_bytes(b"as it was")
    database.chmod(0o644)
    settings_of(tmp_path, "VERSION")
    assert mode_of(database) == 0o600
    assert database.read_bytes() == b"as it was"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_several_web_processes_need_what_they_tell_each_other_by(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_of(tmp_path, "WEB_PROCESSES", WEB_PROCESSES="2")
    assert "WEB_PROCESSES above 1 needs REDIS_URL" in refused.value.stderr
    redis = {"REDIS_URL": "redis://localhost:6379/0"}
    assert settings_of(tmp_path, "WEB_PROCESSES", WEB_PROCESSES="2", **redis) == {"WEB_PROCESSES": 2}
    assert settings_of(tmp_path, "WEB_PROCESSES") == {"WEB_PROCESSES": 1}
