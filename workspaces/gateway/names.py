"""Which port a name leads to: asked of the database, remembered so long that a page's requests are one question.

That there is no such name is remembered likewise, so that asking for it again and again costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from workspaces.gateway.hosts import Elsewhere, Named, Place, Target
from workspaces.gateway.threads import in_thread
from workspaces.models import Alias

KEPT = 2.0
"""Seconds; this process knows at once of what it changed itself."""
_MOST_KEPT = 4096


@dataclass(slots=True)
class _Memory:
    """What each name led to and until when that may be used (monotonic seconds), and the questions under way."""

    kept: dict[str, tuple[Target | None, float]] = field(default_factory=dict)
    asked: dict[tuple[int, str], asyncio.Task[Target | None]] = field(default_factory=dict)
    forgotten: int = 0


_memory = _Memory()


async def target_of(place: Place) -> Target | None:
    """The workspace and port that a place stands for, None when that is nothing. Raises the database's errors."""
    if isinstance(place, Target):
        return place
    if isinstance(place, Elsewhere):
        return None
    kept = _memory.kept.get(place.label)
    if kept is not None and kept[1] > time.monotonic():
        return kept[0]
    asked = (id(asyncio.get_running_loop()), place.label)
    task = _memory.asked.get(asked)
    if task is None:
        task = asyncio.create_task(_ask(place))
        _memory.asked[asked] = task
        task.add_done_callback(lambda _: _memory.asked.pop(asked, None))
    return await asyncio.shield(task)


async def _ask(place: Named) -> Target | None:
    before = _memory.forgotten
    target = await in_thread(name_target, place.label)
    if before == _memory.forgotten:
        if len(_memory.kept) >= _MOST_KEPT:
            _memory.kept.clear()
        _memory.kept[place.label] = (target, time.monotonic() + KEPT)
    return target


def name_target(label: str) -> Target | None:
    """The same, asked of the database now."""
    alias = Alias.objects.filter(subdomain=label).select_related("workspace").first()
    return alias_target(alias) if alias else None


def alias_target(alias: Alias) -> Target:
    """Where an alias leads."""
    return Target(alias.workspace.public_id, alias.port, alias.subdomain, by_name=True, asks=alias.has_password)


def name_forget(label: str) -> None:
    """This process asks anew for that name: call it when it was given, taken back or changed."""
    _memory.forgotten += 1
    _memory.kept.pop(label, None)
