"""What a template says once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

NetworkMode = Literal["internet", "lan", "none"]


@dataclass(frozen=True, slots=True)
class Preset:
    """How a new workspace is to be. None: the template leaves it to the kind, or to who asks.

    `kind`: a slug. `memory_mb` in MiB, `cpus` in cores. `blocked_ranges`: IPv4 ranges (CIDR) beside those that no
    workspace reaches. `repo_destination`: path below /workspace for a repository, "" when it is called after itself.
    `desktop_menu`: a streamed desktop has a menu from which other programs than its kind's are started.
    `idle_*_minutes`: how long one may be unused until it is paused and stopped, 0 for never, None as the site has it.
    """

    name: str
    description: str = ""
    kind: str | None = None
    memory_mb: int | None = None
    cpus: float | None = None
    gpu: bool | None = None
    read_only_root: bool = False
    network_mode: NetworkMode = "internet"
    blocked_ranges: list[str] = field(default_factory=list)
    repo_destination: str = ""
    desktop_menu: bool = False
    idle_pause_minutes: int | None = None
    idle_stop_minutes: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """What is wrong at one place of a template's text; `line` and `column` count from 1. `message` is for a person."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a text: a preset, or else at least one mistake, in the order of the text.

    `lines`: where each key stands, such as "resources.memory" → 7.
    """

    preset: Preset | None
    mistakes: list[Mistake]
    lines: dict[str, int] = field(default_factory=dict)
