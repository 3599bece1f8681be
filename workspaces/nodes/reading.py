"""What other machines answer, read as if a stranger had written it: only known fields, of the right type and size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from workspaces.machine import Capabilities

MOST_SPACES = 500
TEXT = 120
LARGEST = 2**53
"""As far as JavaScript counts exactly, which is what the other side is written for."""


@dataclass(frozen=True, slots=True)
class NodeSpace:
    """A space on another machine, in that machine's words. `memory` in bytes; times are ISO texts; "" or None where it
    does not say."""

    node: str
    name: str
    id: str
    status: str
    created: str = ""
    started: str = ""
    image: str = ""
    memory: int | None = None
    cpus: float | None = None
    last_activity: str = ""


def json_read(body: bytes) -> Any:
    """The value in `body`, or None when it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def capabilities_read(value: Any) -> Capabilities | None:
    """Of an answer that is the capabilities, or has them in a field of that name; None when it is neither."""
    if isinstance(value, dict) and isinstance(value.get("capabilities"), dict):
        value = value["capabilities"]
    if not isinstance(value, dict) or not isinstance(value.get("gpu"), bool):
        return None
    return Capabilities(
        gpu=value["gpu"],
        gpu_name=_text(value.get("gpuName")) or None,
        gpu_memory=_count(value.get("gpuMemory")),
        arch=_text(value.get("arch")) or None,
        platform=_text(value.get("platform")) or None,
        cpus=_count(value.get("cpus")),
        memory=_count(value.get("memory")),
    )


def spaces_read(node: str, value: Any) -> list[NodeSpace]:
    """The spaces that an answer lists, in its order; what is not a space is left out."""
    listed = value.get("spaces") if isinstance(value, dict) else None
    found = [_space(node, item) for item in listed[:MOST_SPACES]] if isinstance(listed, list) else []
    return [space for space in found if space is not None]


def _space(node: str, item: Any) -> NodeSpace | None:
    if not isinstance(item, dict) or not _text(item.get("name")):
        return None
    return NodeSpace(
        node=node,
        name=_text(item.get("name")),
        id=_text(item.get("id")),
        status=_text(item.get("status")),
        created=_text(item.get("created")),
        started=_text(item.get("started")),
        image=_text(item.get("image")),
        memory=_count(item.get("memory")),
        cpus=_number(item.get("cpus")),
        last_activity=_text(item.get("lastActivity")),
    )


def _text(value: Any) -> str:
    return "".join(letter for letter in value[:TEXT] if letter.isprintable()) if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST
    return value if fits else None


def _count(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
