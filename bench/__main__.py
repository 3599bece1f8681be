"""`python -m bench`: measure, print a table, write JSON. It fails when a target is missed."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import docker

from bench.claiming import claim
from bench.cloning import clone
from bench.creating import create, ten
from bench.desktop import desktop
from bench.desktop_cost import desktop_cost
from bench.figures import Figure, report, table
from bench.gateway import gateway
from bench.listing import listing
from bench.machine import machine_facts
from bench.memory import memory
from bench.terminal import terminal
from workspaces.engine.host import engine_advice, engine_ready

PARTS: dict[str, Callable[[docker.DockerClient, int], list[Figure]]] = {
    "create": create,
    "ten": ten,
    "clone": clone,
    "claim": claim,
    "memory": memory,
    "gateway": gateway,
    "terminal": terminal,
    "list": listing,
    "desktop": desktop,
    "desktop-cost": desktop_cost,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every target holds, 1 when one does not, 2 without an engine."""
    options = _parser().parse_args(arguments)
    if not engine_ready(""):
        print(engine_advice(""), file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts what is in the background without the first
        signal.signal(number, signal.default_int_handler)
    client = docker.from_env()
    machine = machine_facts(client)
    figures: list[Figure] = []
    try:
        for name in options.only or PARTS:
            print(f"{name} …", file=sys.stderr, flush=True)
            figures += PARTS[name](client, options.rounds)
    except KeyboardInterrupt:
        print("Ended; nothing is left on the engine.", file=sys.stderr)
        return 130
    print(", ".join(f"{key} {value}" for key, value in machine.items()), end="\n\n")
    print(table(figures))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    options.json.write_text(json.dumps(report(figures, machine, options.rounds, at), indent=2) + "\n")
    return 0 if all(figure.ok is not False for figure in figures) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=7, help="samples of each figure (7); of ten at once, half as many"
    )
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where to write all samples (bench.json)")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="just this part; may be given again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
