"""A repository to be cloned into a new workspace."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Repository:
    """Where it is and where it goes; `token` is used once and kept nowhere. `destination` is below /workspace."""

    url: str
    branch: str = ""
    destination: str = ""
    token: str = field(default="", repr=False)


def repository_check(repository: Repository, network_mode: str) -> Repository:
    """The repository as it will be cloned."""
    return repository
