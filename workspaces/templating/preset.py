"""What a template says, once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Preset:
    """Choices for a new workspace; None where the template leaves them open. Memory in MiB, CPUs in cores.

    `kind`: slug of a kind. `blocked_ranges`: IPv4 ranges (CIDR). `repo_destination`: folder below /workspace.
    """

    name: str
    description: str = ""
    kind: str | None = None
    memory_mb: int | None = None
    cpus: float | None = None
    gpu: bool | None = None
    read_only_root: bool = False
    network_mode: Literal["internet", "lan", "none"] = "internet"
    blocked_ranges: list[str] = field(default_factory=list)
    repo_destination: str = ""
