"""Go or no-go, from what was measured. Pure.

A finding is a dict that the row keeps: `code`, and the figures that go into its words. `WARNINGS` are told, and keep
nobody from going.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SLOW_OPEN_MS = 5_000
SLOW_DESKTOP_MS = 20_000
"""Until the application of a desktop is there that has not run before; a seat that is kept warm has that behind it."""
SLOW_WAKE_MS = 2_000
SLOW_MADE_MS = 60_000
MEMORY_SHARE = 0.9
"""Of the machine's memory; the rest is for the platform and the system."""
NEAR_LIMIT = 0.85
WARNINGS = frozenset({"SLOW_MADE", "NEAR_LIMIT", "MEMORY_GROWS"})
Finding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Machine:
    """`memory_bytes` that it has, `disk_bytes` that are free; None for what is not known."""

    memory_bytes: int | None
    disk_bytes: int | None


def findings(
    results: Sequence[dict[str, Any]], *, seats: int, memory_mb: int, machine: Machine, has_desktops: bool = False
) -> list[Finding]:
    """What there is to say before an evening with so many `seats`, of `memory_mb` (MiB) each; the worst first.

    `has_desktops`: their applications take longer to begin, and little memory until somebody opens something in them.
    """
    open_ms = SLOW_DESKTOP_MS if has_desktops else SLOW_OPEN_MS
    found: list[Finding] = []
    failed = [one for one in results if one.get("problem")]
    if failed:
        found.append({"code": "FAILED", "n": len(failed), "of": len(results)})
    for code, name, limit in (("SLOW_OPEN", "answer_ms", open_ms), ("SLOW_WAKE", "wake_ms", SLOW_WAKE_MS)):
        if (slowest := _most(results, name)) > limit:
            found.append({"code": code, "seconds": slowest / 1000, "limit": limit / 1000})
    memory = _most(results, "memory_bytes")
    if machine.memory_bytes and memory * seats > machine.memory_bytes * MEMORY_SHARE:
        amounts = {"needed": memory * seats, "has": machine.memory_bytes, "each": memory, "seats": seats}
        found.append({"code": "MEMORY", **amounts, "fit": int(machine.memory_bytes * MEMORY_SHARE // memory)})
    disk = _most(results, "disk_bytes")
    if machine.disk_bytes and disk * seats > machine.disk_bytes:
        found.append({"code": "DISK", "needed": disk * seats, "has": machine.disk_bytes, "each": disk, "seats": seats})
    if (slowest := _most(results, "made_ms")) > SLOW_MADE_MS:
        found.append({"code": "SLOW_MADE", "seconds": slowest / 1000, "limit": SLOW_MADE_MS / 1000})
    if memory > NEAR_LIMIT * memory_mb * 1024**2:
        found.append({"code": "NEAR_LIMIT", "each": memory, "limit": memory_mb * 1024**2})
    most = memory_mb * 1024**2
    if has_desktops and machine.memory_bytes and most * seats > machine.memory_bytes * MEMORY_SHARE:
        amounts = {"needed": most * seats, "has": machine.memory_bytes, "each": most, "seats": seats}
        found.append({"code": "MEMORY_GROWS", **amounts})
    return found


def verdict(found: Sequence[Finding]) -> str:
    """ "go" or "no-go"."""
    return "no-go" if any(one["code"] not in WARNINGS for one in found) else "go"


def _most(results: Sequence[dict[str, Any]], name: str) -> int:
    return max((one[name] for one in results if one.get(name) is not None), default=0)
