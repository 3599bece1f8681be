"""Starts KiCad in the project that was worked on last; on an empty volume, in a copy of a demo project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from spaces_desktop.newest import newest

WORKSPACE = Path("/workspace")
DEMO = Path("/opt/spaces/demo/pic_programmer")
PROJECT = ".kicad_pro"
ENDINGS = (PROJECT, ".kicad_prl", ".kicad_sch", ".kicad_pcb")
BACKUPS = "-backups"
"""What KiCad's own folders of copies are called at their end."""


def project_find(root: Path) -> Path | None:
    """The project whose files were changed last; None where there is none."""
    last = newest(root, ENDINGS, passed_over=(BACKUPS,))
    if last is None:
        return None
    of_same_name = last.with_suffix(".kicad_pro")
    if of_same_name.is_file():
        return of_same_name
    return newest(last.parent, (PROJECT,)) or newest(root, (PROJECT,), passed_over=(BACKUPS,))


def demo_copy(root: Path, demo: Path) -> Path | None:
    """The copied project; None where the volume holds somebody's files already, or cannot be written."""
    if any(not entry.name.startswith(".") and entry.name != "lost+found" for entry in root.iterdir()):
        return None
    try:
        shutil.copytree(demo, root / demo.name)
    except OSError:
        return None
    return root / demo.name / f"{demo.name}.kicad_pro"


def locks_remove(cache: Path) -> None:
    """Afterwards KiCad does not say that files are open already: it is the only one here, and begins now.

    Its locks outlive it where it is killed, and name a process whose number is soon another's.
    """
    for lock in cache.glob("kicad*/*.lock"):
        lock.unlink(missing_ok=True)


def main() -> None:
    """Becomes KiCad."""
    project = project_find(WORKSPACE) or demo_copy(WORKSPACE, DEMO)
    locks_remove(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"))
    os.execvp("kicad", ["kicad", *([str(project)] if project else [])])  # noqa: S606


if __name__ == "__main__":
    main()
