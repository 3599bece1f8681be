"""Variables that a workspace's owner gives it."""

from __future__ import annotations


def environment_check(variables: dict[str, str]) -> dict[str, str]:
    """The variables as they will be set."""
    return variables
