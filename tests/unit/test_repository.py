"""Rules about the tree as a whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 300


def tracked(pattern: str) -> list[Path]:
    """Files of the repository whose path fits a git pattern."""
    listed = subprocess.run(["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_no_module_is_too_long_to_read() -> None:
    modules = [path for path in tracked("*.py") if not {"migrations", "tests"} & set(path.parts)]
    assert len(modules) > 20
    lengths = {path: len(path.read_text().splitlines()) for path in modules}
    assert {str(path.relative_to(ROOT)): count for path, count in lengths.items() if count > MOST_LINES} == {}


def test_every_package_is_pinned_with_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        for entry in re.split(r"\n(?=[a-z0-9])", text, flags=re.IGNORECASE)[1:]:
            assert "==" in entry.splitlines()[0] and "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_development_lock_holds_everything_that_runs() -> None:
    """`scripts/setup.sh` relies on it: who has installed the one has the other."""
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def pins(name: str) -> set[str]:
    return set(re.findall(r"^([A-Za-z0-9._-]+==\S+)", (ROOT / name).read_text(), re.MULTILINE))
