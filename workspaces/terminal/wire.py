"""What a browser or a program says over the websocket of a terminal. Pure: no database, no engine.

Text is `{"type": "input", "data"}`, `{"type": "resize", "cols", "rows"}` or `{"type": "ping"}`; any other text, and all
that is binary, is what was typed. A client that has asked for it by `?flow=ack` also says `{"type": "ack", "bytes"}`
when it has shown so many bytes of output, and may rename and close terminals.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MOST_COLUMNS, MOST_ROWS = 500, 200
NAME_LENGTH = 40
FIRST_NAME = "1"


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys, or what was pasted."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """The window has another size, in characters."""

    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Shown:
    """So many bytes of output were shown."""

    count: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """A terminal of the workspace is to have another name."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A terminal of the workspace is to end, with what runs in it."""

    name: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Is somebody there?"""


Message = Typed | Resized | Shown | Renamed | Closed | Ping


def message_read(text: str | None, data: bytes | None, *, acknowledges: bool) -> Message | None:
    """What was said; None for a message of ours that makes no sense, which is no key press either."""
    if text is None:
        return Typed(data or b"")
    fields = _fields(text)
    match fields.get("type"):
        case "input":
            return Typed(str(fields.get("data", "")).encode(errors="replace"))
        case "resize":
            size = size_read(fields.get("cols"), fields.get("rows"))
            return Resized(*size) if size else None
        case "ping":
            return Ping()
        case "ack" if acknowledges:
            count = fields.get("bytes")
            return Shown(count) if isinstance(count, int) and 0 <= count < 2**32 else None
        case "rename" if acknowledges:
            old, new = name_read(fields.get("name")), name_read(fields.get("to"))
            return Renamed(old, new) if old and new else None
        case "close" if acknowledges:
            name = name_read(fields.get("name"))
            return Closed(name) if name else None
    return Typed(text.encode(errors="replace"))


def name_read(value: object) -> str:
    """The name of a terminal, without blanks around it; empty for what can be none."""
    if not isinstance(value, str):
        return ""
    name = value.strip()
    return name if len(name) <= NAME_LENGTH and name.isprintable() else ""


def size_read(columns: object, rows: object) -> tuple[int, int] | None:
    """A size within what a terminal may have; None for what is no number."""
    try:
        wide, high = int(columns), int(rows)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None
    return max(1, min(wide, MOST_COLUMNS)), max(1, min(high, MOST_ROWS))


def _fields(text: str) -> dict[str, Any]:
    """The fields of a message of ours; none when it is something else that was typed."""
    if not text.startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
