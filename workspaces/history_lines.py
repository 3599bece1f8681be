"""What is new in a file of shell history, and which commands that are. Pure: bytes in, commands out."""

from __future__ import annotations

import bisect
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

DIGEST_BYTES = 4
MOST_KNOWN = 20_000
"""Lines that are remembered: as many as the shells here keep in the file."""
LONGEST_LINE = 64 * 1024
_TIMESTAMP = re.compile(rb"#(\d{1,12})")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `end` is the byte of the file after it."""

    text: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """One entry of the history; `end` is the byte of the file after it, `ran_at` is None where the shell wrote none."""

    text: str
    ran_at: datetime | None
    end: int


def lines_of(content: bytes, start: int) -> list[Line]:
    """The complete lines of what begins at byte `start` of the file. Half a line waits for its end, if not too long."""
    lines, end = [], start
    *whole, half = content.split(b"\n")
    for text in whole:
        end += len(text) + 1
        lines.append(Line(text, end))
    if len(half) > LONGEST_LINE:
        lines.append(Line(half, end + len(half)))
    return lines


def digests(lines: Sequence[Line]) -> bytes:
    """By which lines are known again; they do not tell what a line was. When it was typed belongs to a command."""
    found, before = [], b""
    for line in lines:
        found.append(hashlib.blake2b(before + line.text, digest_size=DIGEST_BYTES).digest())
        before = line.text + b"\n" if _TIMESTAMP.fullmatch(line.text) else b""
    return b"".join(found)


def new_in(lines: Sequence[Line], known: bytes, is_cut: bool = False) -> list[Line]:
    """The lines that were not taken in, of a file that was cut or written anew since `known` of it were.

    Shells and editors drop lines and append others, so the longest beginning that is in `known` in that order is old.
    Behind it a line is new, but for those that were only moved. `is_cut`: the file's own beginning is not in `lines`.
    """
    was, now = _split(known), _split(digests(lines))
    first = 0
    if (is_cut or len(was) == MOST_KNOWN) and was and was[0] in now:
        first = now.index(was[0])
    places = _beginning(now[first:], was)
    rest = list(lines[first + len(places) :])
    if not places or places == list(range(len(was) - len(places), len(was))):
        return rest  # all that was known before this is gone, as when a shell keeps the last lines only
    moved = Counter(was) - Counter(was[place] for place in places)
    fresh = []
    for line, digest in zip(rest, now[first + len(places) :], strict=True):
        if moved[digest]:
            moved[digest] -= 1
        else:
            fresh.append(line)
    return fresh


def _beginning(now: Sequence[bytes], was: Sequence[bytes]) -> list[int]:
    """Where in `was` the lines of the longest beginning of `now` are that is there in the same order."""
    places_of: dict[bytes, list[int]] = defaultdict(list)
    for place, digest in enumerate(was):
        places_of[digest].append(place)
    found: list[int] = []
    for digest in now:
        places = places_of.get(digest, [])
        later = bisect.bisect_right(places, found[-1]) if found else 0
        if later == len(places):
            break
        found.append(places[later])
    return found


def _split(known: bytes) -> list[bytes]:
    return [known[start : start + DIGEST_BYTES] for start in range(0, len(known), DIGEST_BYTES)]


def commands(lines: Sequence[Line]) -> list[Command]:
    """What was typed. A line `#1767225600` says when what follows was, up to the next such line one command."""
    found: list[Command] = []
    for ran_at, entry in _entries(lines):
        texts = [_readable(line.text) for line in entry]
        end = entry[-1].end
        if any(text.strip() for text in texts):
            found.append(Command("\n".join(texts).strip("\n"), ran_at, end))
    return found


def _entries(lines: Sequence[Line]) -> Iterator[tuple[datetime | None, list[Line]]]:
    ran_at: datetime | None = None
    entry: list[Line] = []
    for line in lines:
        if timestamp := _TIMESTAMP.fullmatch(line.text):
            if entry:
                yield ran_at, entry
            ran_at, entry = _moment(int(timestamp[1])), []
        elif ran_at is None:
            yield None, [line]
        else:
            entry.append(line)
    if entry:
        yield ran_at, entry


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):
        return None


def _readable(text: bytes) -> str:
    return _CONTROLS.sub("�", text.decode(errors="replace"))
