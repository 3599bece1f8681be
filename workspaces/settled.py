"""Tells whoever asked to be told that a seat of a workshop has come to rest: the apps that this one may not import.

Losing such a message is harmless: whoever listens also looks by itself from time to time.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from workspaces.models import Workspace

_listeners: list[Callable[[Workspace], None]] = []


def on_settled(listener: Callable[[Workspace], None]) -> None:
    """From now on `listener` is called with each workspace that is a seat, after the commit in which it came to rest or
    failed. It is to be quick, and what it raises is only logged. Twice is once."""
    if listener not in _listeners:
        _listeners.append(listener)


def settled_tell(workspace: Workspace) -> None:
    """In the caller's transaction: the workspace came to rest with it."""
    if not workspace.is_seat:
        return
    for listener in _listeners:
        transaction.on_commit(lambda tell=listener: tell(workspace), robust=True)  # type: ignore[misc]
