"""`python -m workspaces.engine.host`: ensure an engine from a script; 1 and the advice when that cannot be."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from workspaces.engine.host import HostProblem, engine_ensure


def main() -> int:
    """Ensure an engine; its log and pid file go to `--data-dir`."""
    parser = argparse.ArgumentParser(prog="python -m workspaces.engine.host", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    folder: Path = parser.parse_args().data_dir
    try:
        engine_ensure(_say, os.environ.get("DOCKER_HOST", ""), folder)
    except HostProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
