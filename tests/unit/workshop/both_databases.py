"""Runs tests once more on PostgreSQL: what holds on SQLite, where one writes at a time, need not hold there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def on_postgres(url: str, path: Path, which: str) -> None:
    """The tests of `path` that `which` selects (as `-k` does) pass on the database of that URL."""
    command = (sys.executable, "-m", "pytest", str(path), "-q", "-x", "-k", which, "-p", "no:cacheprovider")
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-6000:]}{done.stderr[-2000:]}"
