"""The busiest programs of a running workspace, as its own `ps` names them. What that prints is not to be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.models import Workspace
from workspaces.remembering import Remembered
from workspaces.states import State

MOST = 8
SECONDS = 2.0
SHARED_SECONDS = 3.0
OUTPUT_BYTES = 256 * 1024
COMMAND_CHARACTERS = 300
_LINE = re.compile(r"\s*(\d{1,9})\s+(\d{1,6}\.?\d?)\s+(\d{1,6}\.?\d?)\s+([\d:-]{1,20})\s+(.*)", re.ASCII)
PS = ("ps", "-eo", "pid,pcpu,pmem,etime,args", "--sort=-pcpu")


@dataclass(frozen=True, slots=True)
class Process:
    """`cpu` and `mem` in per cent as ps counts them, `etime` how long it runs ([[days-]hours:]minutes:seconds)."""

    pid: int
    cpu: float
    mem: float
    etime: str
    command: str


_listed: Remembered[list[Process]] = Remembered(SHARED_SECONDS)


def processes_of(workspace: Workspace) -> list[Process]:
    """The eight that took most of the CPU, busiest first, of a workspace that the caller was found to see.

    At most three seconds old. None at all when it does not run, does not answer in two seconds or has no ps that knows
    the question.
    """
    if workspace.state != State.RUNNING:
        return []
    name = workspace.engine_name
    return _listed.get(name, lambda _before: _ask(name))


def processes_forget() -> None:
    """Ask anew at the next question."""
    _listed.forget()


def _ask(name: str) -> list[Process]:
    try:
        answer = get_engine().exec(
            name, PS, environment={"LC_ALL": "C"}, timeout_seconds=SECONDS, max_bytes=OUTPUT_BYTES
        )
    except EngineError:  # stopped or put to sleep meanwhile
        return []
    return processes_read(answer.stdout.decode(errors="replace")) if answer.exit_code == 0 else []


def processes_read(text: str) -> list[Process]:
    """What ps printed, without the ps itself and without lines that are none of a table."""
    own = " ".join(PS)
    rows = (_row(line) for line in text.splitlines()[1:])
    return [row for row in rows if row and row.command != own][:MOST]


def _row(line: str) -> Process | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    pid, cpu, mem, etime, command = found.groups()
    return Process(int(pid), float(cpu), float(mem), etime, _printable(command))


def _printable(command: str) -> str:
    shown = command.strip()[:COMMAND_CHARACTERS]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown)
